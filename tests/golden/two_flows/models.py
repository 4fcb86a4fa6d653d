from decimal import Decimal
from typing import NamedTuple


class Order(NamedTuple):
    card: str
    total: Decimal

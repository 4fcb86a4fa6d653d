"""Types that the flows in this folder see."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass
class Order:
    id: str
    total: Decimal
    paid: bool

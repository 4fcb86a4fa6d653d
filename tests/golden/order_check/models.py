from dataclasses import dataclass
from decimal import Decimal


@dataclass
class Customer:
    name: str


@dataclass
class Order:
    id: str
    total: Decimal
    vip: bool
    customer: Customer | None

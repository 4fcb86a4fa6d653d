from dataclasses import dataclass
from decimal import Decimal
from typing import Required, TypedDict


@dataclass
class Customer:
    name: str


@dataclass
class Order:
    id: str
    total: Decimal
    vip: bool
    customer: Customer | None


class Parcel(TypedDict, total=False):
    weight: int
    goods: Required[str]

"""The types of the values in order_and_delivery.flow."""

from pydantic import BaseModel


class Order(BaseModel):
    """What somebody has ordered; `id` is the number on it."""

    id: str
    goods: str


class Payment(BaseModel):
    """What the bank tells."""

    amount: int

"""The types of the values in pizza_order.flow."""

from pydantic import BaseModel


class Order(BaseModel):
    """What the customer wants, and where."""

    pizza: str
    address: str


class KitchenConfirmation(BaseModel):
    """The kitchen has read the order."""

    cook: str


class Pizza(BaseModel):
    """What came out of the oven."""

    name: str
    slices: int


class Cancellation(BaseModel):
    """The customer does not want it any more."""

    why: str


class DeliveryConfirmation(BaseModel):
    """The customer has it."""

    signed_by: str

"""The types of the values in nightly_billing.flow and dunning.flow."""

from pydantic import BaseModel


class Order(BaseModel):
    """What a customer has ordered."""

    number: int
    customer: str
    price: int


class Quote(BaseModel):
    """What it costs today."""

    total: int


class Reservation(BaseModel):
    """Credit that is set aside."""

    customer: str
    amount: int


class Receipt(BaseModel):
    """What the payment service answers."""

    number: str


class Settlement(BaseModel):
    """What the bank says about tonight."""

    state: str

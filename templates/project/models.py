"""The types of the flows in this folder."""

from pydantic import BaseModel


class Customer(BaseModel):
    """Somebody who has just registered."""

    name: str
    email: str
    company: str | None = None


class Account(BaseModel):
    """What a customer gets."""

    number: str
    kind: str

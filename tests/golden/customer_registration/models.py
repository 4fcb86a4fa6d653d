"""The types of the values in customer_registration.flow, found by their names."""

from pydantic import BaseModel


class CustomerRegistrationDetails(BaseModel):
    """What a customer fills in. `(customer registration details - email)` in the flow is the field `email` here."""

    name: str
    email: str


class CustomerValidationErrors(BaseModel):
    """What is wrong with the details; no message means that they are fine."""

    messages: list[str]


class AuthenticationRecord(BaseModel):
    """How the customer proves who they are."""

    login: str
    active: bool = False

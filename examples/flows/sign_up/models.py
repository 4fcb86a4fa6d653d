"""The types of the values in sign_up.flow."""

from pydantic import BaseModel


class Newcomer(BaseModel):
    """Who signs up."""

    email: str
    phone: str


class MailConfirmation(BaseModel):
    """The link in the mail was followed."""

    link: str


class PhoneConfirmation(BaseModel):
    """The code in the message was typed in."""

    code: int


class Account(BaseModel):
    """What the newcomer has from now on."""

    email: str
    active: bool

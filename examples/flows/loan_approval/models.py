"""The types of the values in loan_approval.flow and pay_out_loan.flow."""

from pydantic import BaseModel


class Application(BaseModel):
    """Who asks for how much."""

    id: str
    applicant: str
    amount: int


class CreditHistory(BaseModel):
    """What the credit bureau knows."""

    late_payments: int


class IdentityCheck(BaseModel):
    """What the identity service says."""

    passed: bool


class Decision(BaseModel):
    """What the officer decides."""

    loan_id: str
    outcome: str


class Withdrawal(BaseModel):
    """The applicant does not want the loan any more."""

    loan_id: str


class Account(BaseModel):
    """Where the money goes."""

    number: str


class Payout(BaseModel):
    """The money that went out."""

    amount: int
    account: str

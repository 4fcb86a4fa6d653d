"""The types of the values in approval.flow."""

from pydantic import BaseModel


class Expense(BaseModel):
    """What somebody has spent."""

    what: str
    amount: int


class Verdict(BaseModel):
    """What the manager says."""

    approved: bool

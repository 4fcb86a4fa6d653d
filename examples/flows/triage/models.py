"""The types of the values in triage.flow."""

from pydantic import BaseModel


class Ticket(BaseModel):
    """What a customer complains about; severity goes from 0 to 10."""

    text: str
    severity: int

from enum import StrEnum

from pydantic import BaseModel


class Tier(StrEnum):
    GOLD = "gold"
    SILVER = "silver"


class Application(BaseModel):
    id: str


class Decision(BaseModel):
    loan_id: str
    approved: bool
    reason: str
    tier: Tier | None = None

"""The types of the values in quarterly_report.flow."""

from pydantic import BaseModel


class Region(BaseModel):
    """A part of the country and the shops in it."""

    name: str
    shops: list[str]

"""The types of the values in travel_booking.flow."""

from pydantic import BaseModel


class Trip(BaseModel):
    """Who wants to go where."""

    traveller: str
    destination: str


class Booking(BaseModel):
    """What a booking is known by."""

    number: str

"""What the sentences of travel_booking.flow do."""

from models import Booking, Trip


class SoldOut(Exception):
    """There is nothing left; the flow does not retry it."""


class Handlers:
    """The handlers of the flow "travel booking"."""

    async def book_a_flight_for_trip(self, *, trip: Trip) -> Booking:
        return Booking(number=f"flight to {trip.destination}")

    async def cancel_the_flight(self, *, flight: Booking) -> None:
        print(f"  cancelled: {flight.number}")

    async def book_a_hotel_for_trip(self, *, trip: Trip) -> Booking:
        return Booking(number=f"room in {trip.destination}")

    async def cancel_the_room(self, *, room: Booking) -> None:
        print(f"  cancelled: {room.number}")

    async def book_a_car_for_trip(self, *, trip: Trip) -> Booking:
        if trip.destination == "Venice":
            raise SoldOut("there are no cars in Venice")
        return Booking(number=f"car in {trip.destination}")

    async def cancel_the_car(self, *, car: Booking) -> None:
        print(f"  cancelled: {car.number}")

"""What the sentences of nightly_billing.flow do."""

from models import Order, Quote, Receipt, Reservation, Settlement
from wgen.runtime import current


class CardDeclined(Exception):
    """The payment service refuses the card."""


class Handlers:
    """The handlers of the flow "nightly billing"."""

    async def list_the_open_orders(self) -> list[Order]:
        return [Order(number=number, customer=f"customer {number}", price=10 * number) for number in range(1, 6)]

    async def price_order(self, *, order: Order) -> Quote:
        return Quote(total=order.price)

    async def reserve_credit_for_order_customer(self, *, customer: str, total: int) -> Reservation:
        return Reservation(customer=customer, amount=total)

    async def release_reservation(self, *, reservation: Reservation) -> None:
        print(f"  released: {reservation.amount} of {reservation.customer}")

    async def charge(self, *, reservation: Reservation) -> Receipt:
        # Stands for the gRPC method of the sentence: a handler with the name of the step performs the call.
        if reservation.amount == 30:
            raise CardDeclined(f"the card of {reservation.customer} is declined")
        return Receipt(number=f"receipt over {reservation.amount}")

    async def ask_the_bank_about_tonights_settlement(self) -> Settlement:
        # The bank needs three looks; the rounds of the loop are ten minutes apart.
        return Settlement(state="settled" if current().iteration == "3" else "in progress")

    async def send_the_report(self, *, recipient: str, text: str) -> None:
        print(f"  to {recipient}: {text.splitlines()[0]}")

"""What the sentences of order_and_delivery.flow do: one class has the handlers of both flows."""

from models import Order, Payment


class Handlers:
    """The handlers of the flows "shop order" and "shop delivery"."""

    async def reserve_order(self, *, order: Order) -> None:
        print(f"  reserved: {order.goods}")

    async def write_an_invoice_for_order(self, *, order: Order, payment: Payment) -> None:
        print(f"  invoice: {order.goods}, {payment.amount} paid")

    async def pack_order(self, *, order: Order) -> None:
        print(f"  packed: {order.goods}")

    async def deliver_order(self, *, order: Order) -> None:
        print(f"  delivered: {order.goods}")

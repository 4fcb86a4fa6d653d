"""What the sentences of pizza_order.flow do."""

from models import Order, Pizza


class Handlers:
    """The handlers of the flow "pizza order"."""

    async def send_order_to_the_kitchen(self, *, order: Order) -> None:
        print(f"  to the kitchen: one {order.pizza}")

    async def take_order_back_from_the_kitchen(self, *, order: Order) -> None:
        print(f"  to the kitchen: forget the {order.pizza}")

    async def hand_baked_pizza_to_the_courier_for_order_address(self, *, baked_pizza: Pizza, address: str) -> None:
        print(f"  to the courier: {baked_pizza.name}, {baked_pizza.slices} slices, to {address}")

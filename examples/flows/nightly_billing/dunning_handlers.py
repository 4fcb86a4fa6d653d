"""What the sentences of dunning.flow do."""


class Handlers:
    """The handlers of the flow "dunning"."""

    async def write_a_reminder_to_order_customer(self, *, customer: str) -> None:
        print(f"  to {customer}: your card was declined")

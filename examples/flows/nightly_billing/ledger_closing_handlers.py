"""What the sentences of ledger_closing.flow do."""


class Handlers:
    """The handlers of the flow "ledger closing"."""

    async def close_the_books_of_the_day(self) -> None:
        print("  the books are closed")

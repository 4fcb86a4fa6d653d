"""What the sentences of quotes.flow do."""


class Handlers:
    """The handlers of the flow "quotes". The supplier overseas does not answer, and two of three are enough."""

    async def open_a_file_with_the_supplier_overseas_for_part(self, *, part: str) -> int:
        return len(part)

    async def close_the_file(self, *, file_number: int) -> None:
        print(f"  overseas: file {file_number} is closed")

    async def ask_the_supplier_overseas(self, *, file_number: int) -> int:
        raise ConnectionError(f"overseas: no answer about file {file_number}")

    async def ask_the_supplier_next_door_for_part(self, *, part: str) -> int:
        return 120 if part == "wheel" else 80

    async def ask_the_supplier_in_the_city_for_part(self, *, part: str) -> int:
        return 110 if part == "wheel" else 90

    async def compare_local_price_with_city_quote(self, *, local_price: int, city_quote: int) -> int:
        return min(local_price, city_quote)

    async def call_a_bicycle_for_part(self, *, part: str) -> str:
        print(f"  a bicycle sets out for the {part}")
        return "bicycle"

    async def send_the_courier_home(self, *, courier: str) -> None:
        print(f"  the {courier} goes home")

    async def call_a_van_for_part(self, *, part: str) -> str:
        print(f"  a van is ready for the {part}")
        return "van"

    async def order_part(self, *, part: str, best_price: int, courier: str) -> None:
        print(f"  ordered: one {part} for {best_price}, by {courier}")

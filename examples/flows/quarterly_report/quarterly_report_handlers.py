"""What the sentences of quarterly_report.flow do: one class has the handlers of all its three flows."""


class Handlers:
    """The handlers of the flows "quarterly report", "regional report" and "shop report"."""

    async def add_up_the_region_totals(self, *, region_totals: list[int]) -> int:
        return sum(region_totals)

    async def add_up_the_turnovers(self, *, turnovers: list[int]) -> int:
        return sum(turnovers)

    async def read_the_till_of_the_shop(self, *, shop: str) -> int:
        return 100 * len(shop)

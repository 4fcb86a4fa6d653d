"""What the sentences of laughter_cut_short.flow do."""


class Handlers:
    """The handlers of the flow "laughter cut short". Each gives a longer log; the flow keeps it."""

    async def append_an_l_to_the_log(self, *, log: str) -> str:
        return log + "l"

    async def append_an_h_to_the_log(self, *, log: str) -> str:
        return log + "h"

    async def append_the_punch_line_to_the_log(self, *, punch_line: str, log: str) -> str:
        return log + punch_line

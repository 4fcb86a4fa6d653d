"""What the sentences of triage.flow do."""

from models import Ticket


class Handlers:
    """The handlers of the flow "triage"."""

    async def calm_down_ticket(self, *, ticket: Ticket) -> Ticket:
        # From here on the condition of the branch does not hold any more, and the branch goes on.
        return ticket.model_copy(update={"severity": 1})

    async def page_the_engineer_on_duty_about_ticket(self, *, ticket: Ticket) -> None:
        print(f"  pager: {ticket.text}")

    async def open_a_post_mortem_for_ticket(self, *, ticket: Ticket) -> None:
        print(f"  post-mortem: {ticket.text}")

    async def put_ticket_into_the_queue(self, *, ticket: Ticket) -> None:
        print(f"  queue: {ticket.text}")

    async def answer_ticket_with_a_link_to_the_handbook(self, *, ticket: Ticket) -> None:
        print(f"  answer: {ticket.text}: see the handbook")

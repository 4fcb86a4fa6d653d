"""What the sentences of approval.flow do."""

from models import Expense


class Handlers:
    """The handlers of the flow "approval"."""

    async def ask_the_manager_to_look_at_expense(self, *, expense: Expense) -> None:
        print(f"  to the manager: {expense.amount} for {expense.what}, yes or no?")

    async def pay_expense(self, *, expense: Expense) -> None:
        print(f"  paid: {expense.amount} for {expense.what}")

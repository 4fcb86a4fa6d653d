"""What the sentences of pay_out_loan.flow do."""

from models import Account, Application, Payout


class AccountBlocked(Exception):
    """The bank takes no money for this account. The parent flow catches it by this name."""


class Handlers:
    """The handlers of the flow "pay out loan"."""

    async def open_a_loan_account_for_application(self, *, application: Application) -> Account:
        return Account(number=f"loan-{application.id}")

    async def transfer_the_amount_of_application_to_account(
        self, *, application: Application, account: Account
    ) -> Payout:
        if application.applicant == "Blocked":
            raise AccountBlocked(f"{account.number} is blocked")
        return Payout(amount=application.amount, account=account.number)

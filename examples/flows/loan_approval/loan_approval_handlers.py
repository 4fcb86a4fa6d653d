"""What the sentences of loan_approval.flow do."""

from models import Application, CreditHistory, IdentityCheck


class Handlers:
    """The handlers of the flow "loan approval"."""

    async def fetch_the_credit_history_of_application_applicant(self, *, applicant: str) -> CreditHistory:
        return CreditHistory(late_payments=applicant.count("e"))

    async def score_credit_history(self, *, credit_history: CreditHistory) -> int:
        return 30 * credit_history.late_payments

    async def ask_the_identity_service_about_application_applicant(self, *, applicant: str) -> IdentityCheck:
        return IdentityCheck(passed=applicant != "nobody")

    async def ask_an_officer_to_decide_on_application(
        self, *, application: Application, risk_score: int, credit_history: CreditHistory
    ) -> None:
        late = credit_history.late_payments
        print(f"  to the officer: {application.amount} for {application.applicant}, risk {risk_score}, {late} late")

    async def remind_the_officer_about_application(self, *, application: Application) -> None:
        print(f"  to the officer: {application.applicant} is waiting")

    async def ask_application_applicant_for_another_account(self, *, applicant: str) -> None:
        print(f"  to {applicant}: we need another account")

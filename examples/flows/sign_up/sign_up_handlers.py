"""What the sentences of sign_up.flow do."""

from models import Account, Newcomer


class Handlers:
    """The handlers of the flow "sign up". The two confirmations are events: nothing here waits for them."""

    async def send_the_links_to_newcomer_email_and_newcomer_phone(self, *, email: str, phone: str) -> None:
        print(f"  mail to {email} and message to {phone}: please confirm within an hour")

    async def open_an_account_for_newcomer(self, *, newcomer: Newcomer) -> Account:
        return Account(email=newcomer.email, active=True)

"""What the sentences of welcome.flow do. Each method is called by keyword; it may be `def` or `async def`."""

from .models import Account, Customer


class Handlers:
    """The handlers of the flow "welcome"."""

    def open_an_account_for_customer(self, *, customer: Customer) -> Account:
        return Account(number="A-1001", kind="business" if customer.company else "private")

    def send_a_welcome_mail_to_customer_email(self, *, email: str) -> None:
        print(f"Dear {email}, welcome!")

    async def tell_the_sales_team_about_customer(self, *, customer: Customer, account: Account) -> None:
        print(f"{customer.name} has the account {account.number} now.")

    def assign_a_contact_person_to_account(self, *, account: Account) -> None:
        print(f"{account.number} has a contact person now.")

"""What the sentences of customer_registration.flow do.

Each task of the flow calls the method that is named like its sentence, by keyword. `wgen generate --handlers` writes
the first version of such a file and later adds a method for each new sentence; the rest belongs to you.
"""

from models import AuthenticationRecord, CustomerRegistrationDetails, CustomerValidationErrors
from wgen.runtime import current


class Handlers:
    """The handlers of the flow "customer registration"."""

    def validate_customer_registration_details(
        self, *, customer_registration_details: CustomerRegistrationDetails
    ) -> CustomerValidationErrors:
        looks_right = "@" in customer_registration_details.email
        return CustomerValidationErrors(messages=[] if looks_right else ["the e-mail address has no @"])

    def create_customers_authentication_record(
        self, *, customer_registration_details: CustomerRegistrationDetails
    ) -> AuthenticationRecord:
        return AuthenticationRecord(login=customer_registration_details.email)

    async def register_customer_registration_details_in_first_microserice(
        self, *, customer_registration_details: CustomerRegistrationDetails
    ) -> None:
        print(f"  first microservice: {customer_registration_details.name} is registered")

    async def register_customer_registration_details_in_2nd_microserice(
        self, *, customer_registration_details: CustomerRegistrationDetails
    ) -> None:
        # The first attempt fails, so that you see a retry: the flow says two times, one second apart.
        if current().attempt == 1:
            raise ConnectionError("the 2nd microservice does not answer")
        print(f"  2nd microservice: {customer_registration_details.name} is registered")

    async def register_customer_registration_details_in_3rd_microserice(
        self, *, customer_registration_details: CustomerRegistrationDetails
    ) -> None:
        print(f"  3rd microservice: {customer_registration_details.name} is registered")

    def activate_authentication_record(self, *, authentication_record: AuthenticationRecord) -> None:
        print(f"  {authentication_record.login} can log in now")

    def notify_customer_about_successful_registration(self, *, email: str) -> None:
        print(f"  mail to {email}: welcome!")

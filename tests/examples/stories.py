"""What happens to each example from outside, and what has to come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from tests.examples.folders import Pair, flows_of
from wgen.testing import Event, Other
from wgen.testing.scene import Scene, make_scene

AT_ONCE = timedelta(0)
"""An event of this time comes before the run waits for it."""


class Start(NamedTuple):
    """A flow that is started; where there are several, the story is about the first."""

    flow: str
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Story:
    """`calls` are the handlers that were called, in order; `often` says how often, where the order does not matter."""

    folder: str
    starts: tuple[Start, ...]
    events: tuple[Event, ...] = ()
    status: str = "finished"
    outcome: str | None = None
    word: str | None = None
    result: Any = None
    error: str | None = None
    calls: list[str] | None = None
    often: dict[str, int] = field(default_factory=dict)

    @property
    def flows(self) -> Sequence[Pair]:
        return flows_of(self.folder)

    @property
    def scene(self) -> Scene:
        """How it is performed. A run that is not started by hand is a child, or started by a word."""
        inputs = {start.flow: start.inputs for start in self.starts}
        first, *others = sorted(self.flows, key=lambda pair: pair.flow.name != self.starts[0].flow)
        beside = [Other(flow, handlers, inputs.get(flow.name)) for flow, handlers in others]
        begins = inputs[first.flow.name]
        return make_scene(first.flow, first.handlers, inputs=begins, events=self.events, others=beside)


_NEWCOMER = {"newcomer": {"email": "ada@example.com", "phone": "0100"}}
_MAIL = Event("mail confirmation", {"link": "l"})
_PHONE = Event("phone confirmation", {"code": 7})
_EXPENSE = {"expense": {"what": "taxi", "amount": 30}}
_ORDER = {"order": {"pizza": "Margherita", "address": "1 Main Street"}}
_COOK = Event("kitchen confirmation", {"cook": "Bo"})
_SHOPPED = {"order": {"id": "o-1", "goods": "a lamp"}}


def _ticket(severity: int) -> tuple[Start, ...]:
    return (Start("triage", {"ticket": {"text": "broken", "severity": severity}}),)


def _trip(destination: str) -> tuple[Start, ...]:
    return (Start("travel booking", {"trip": {"traveller": "Ada", "destination": destination}}),)


def _loan(applicant: str, amount: int = 9000) -> tuple[Start, ...]:
    return (Start("loan approval", {"application": {"id": "a-1", "applicant": applicant, "amount": amount}}),)


def _decided(outcome: str) -> Event:
    return Event("decision", {"loan_id": "a-1", "outcome": outcome})


_LAUGHS = (Event("punch line", "a", at=AT_ONCE), Event("punch line", "a"))
_CUT_SHORT = (Event("punch line", "a"), Event("punch line", "a", at=AT_ONCE))

STORIES: dict[str, Story] = {
    "registration": Story(
        "customer_registration",
        (Start("customer registration", {"customer_registration_details": {"name": "Ada", "email": "ada@a.org"}}),),
        often={
            "validate_customer_registration_details": 1,
            "create_customers_authentication_record": 1,
            "register_customer_registration_details_in_first_microserice": 1,
            "register_customer_registration_details_in_2nd_microserice": 2,
            "register_customer_registration_details_in_3rd_microserice": 1,
            "activate_authentication_record": 1,
            "notify_customer_about_successful_registration": 1,
        },
    ),
    "sign-up, both confirmations": Story(
        "sign_up",
        (Start("sign up", _NEWCOMER),),
        (_PHONE, _MAIL),
        outcome="signed up",
        word="active",
        result={"email": "ada@example.com", "active": True},
        calls=["send_the_links_to_newcomer_email_and_newcomer_phone", "open_an_account_for_newcomer"],
    ),
    "sign-up, one confirmation": Story(
        "sign_up",
        (Start("sign up", _NEWCOMER),),
        (_MAIL,),
        status="failed",
        error="FlowTimeout: the flow took longer than 1 hour",
        calls=["send_the_links_to_newcomer_email_and_newcomer_phone"],
    ),
    "approval, yes": Story(
        "approval",
        (Start("approval", _EXPENSE),),
        (Event("verdict", {"approved": True}, at=AT_ONCE),),
        outcome="paid",
        calls=["ask_the_manager_to_look_at_expense", "pay_expense"],
    ),
    "approval, no": Story(
        "approval",
        (Start("approval", _EXPENSE),),
        (Event("verdict", {"approved": False}),),
        outcome="rejected",
        calls=["ask_the_manager_to_look_at_expense"],
    ),
    "approval, too late": Story(
        "approval",
        (Start("approval", _EXPENSE),),
        status="failed",
        error="WaitTimeout: (verdict) did not come within 10 minutes",
        calls=["ask_the_manager_to_look_at_expense"],
    ),
    "laughter": Story("laughter", (Start("laughter", {}),), _LAUGHS, result="lllllhaha"),
    "laughter, cut short": Story(
        "laughter_cut_short", (Start("laughter cut short", {}),), _CUT_SHORT, result="lllllhaha"
    ),
    "triage, severe": Story(
        "triage",
        _ticket(9),
        word="escalated",
        result={"text": "broken", "severity": 1},
        calls=["calm_down_ticket", "page_the_engineer_on_duty_about_ticket", "open_a_post_mortem_for_ticket"],
    ),
    "triage, middling": Story(
        "triage",
        _ticket(5),
        word="queued",
        result={"text": "broken", "severity": 5},
        calls=["put_ticket_into_the_queue"],
    ),
    "triage, easy": Story(
        "triage",
        _ticket(3),
        word="answered",
        result={"text": "broken", "severity": 3},
        calls=["answer_ticket_with_a_link_to_the_handbook"],
    ),
    "thumbnails": Story(
        "thumbnails",
        (Start("thumbnails", {"pictures": ["1.png", "2.png", "blurred.png", "4.png", "5.png"]}),),
        outcome="published",
        often={"store_picture": 5, "shrink_picture": 6, "tell_the_owner_that_the_pictures_are_stored": 1},
    ),
    "quarterly report": Story(
        "quarterly_report",
        (
            Start(
                "quarterly report",
                {"regions": [{"name": "coast", "shops": ["Hull", "Deal"]}, {"name": "hills", "shops": ["Ambleside"]}]},
            ),
        ),
        result=1700,
        often={"read_the_till_of_the_shop": 3, "add_up_the_turnovers": 2, "add_up_the_region_totals": 1},
    ),
    "pizza, delivered": Story(
        "pizza_order",
        (Start("pizza order", _ORDER),),
        (
            _COOK,
            Event("baked pizza", {"name": "Margherita", "slices": 8}),
            Event("delivery confirmation", {"signed_by": "Ada"}),
        ),
        outcome="delivered",
        word="delivered",
        result={"signed_by": "Ada"},
        calls=["send_order_to_the_kitchen", "hand_baked_pizza_to_the_courier_for_order_address"],
    ),
    "pizza, cancelled": Story(
        "pizza_order",
        (Start("pizza order", _ORDER),),
        (_COOK, Event("cancellation", {"why": "not hungry"})),
        status="failed",
        word="ordered",
        error="FlowFailed: cancelled by the customer",
        calls=["send_order_to_the_kitchen", "take_order_back_from_the_kitchen"],
    ),
    "pizza, a cold oven": Story(
        "pizza_order",
        (Start("pizza order", _ORDER),),
        (_COOK,),
        status="failed",
        word="ordered",
        error="FlowFailed: the oven is cold",
        calls=["send_order_to_the_kitchen", "take_order_back_from_the_kitchen"],
    ),
    "travel, booked": Story(
        "travel_booking",
        _trip("Rome"),
        outcome="booked",
        calls=["book_a_flight_for_trip", "book_a_hotel_for_trip", "book_a_car_for_trip"],
    ),
    "travel, sold out": Story(
        "travel_booking",
        _trip("Venice"),
        status="failed",
        error="SoldOut: there are no cars in Venice",
        calls=[
            "book_a_flight_for_trip",
            "book_a_hotel_for_trip",
            "book_a_car_for_trip",
            "cancel_the_room",
            "cancel_the_flight",
        ],
    ),
    "delivery waits for the payment": Story(
        "order_and_delivery",
        (Start("shop delivery", _SHOPPED), Start("shop order", _SHOPPED)),
        (Event("payment", {"amount": 12}),),
        outcome="delivered",
        often={"pack_order": 1, "deliver_order": 1, "reserve_order": 1, "write_an_invoice_for_order": 1},
    ),
    "delivery of another order": Story(
        "order_and_delivery",
        (Start("shop delivery", _SHOPPED), Start("shop order", {"order": {"id": "o-2", "goods": "a chair"}})),
        (Event("payment", {"amount": 12}),),
        status="failed",
        error='WaitTimeout: no run of "shop order" with the key "o-1" reached "paid" within 4 days',
        often={"pack_order": 1, "reserve_order": 1, "write_an_invoice_for_order": 1},
    ),
    "quotes": Story(
        "quotes",
        (Start("quotes", {"part": "wheel"}),),
        result="van",
        often={
            "open_a_file_with_the_supplier_overseas_for_part": 1,
            "ask_the_supplier_overseas": 1,
            "close_the_file": 1,
            "ask_the_supplier_next_door_for_part": 1,
            "ask_the_supplier_in_the_city_for_part": 1,
            "compare_local_price_with_city_quote": 1,
            "call_a_bicycle_for_part": 1,
            "call_a_van_for_part": 1,
            "send_the_courier_home": 1,
            "order_part": 1,
        },
    ),
    "loan, approved by the machine": Story(
        "loan_approval",
        _loan("Ann", 5000),
        outcome="paid out",
        word="approved automatically",
        result={"amount": 5000, "account": "loan-a-1"},
    ),
    "loan, approved by the officer": Story(
        "loan_approval",
        _loan("Ann"),
        (_decided("approved"),),
        outcome="paid out",
        result={"amount": 9000, "account": "loan-a-1"},
        often={
            "fetch_the_credit_history_of_application_applicant": 1,
            "score_credit_history": 1,
            "ask_the_identity_service_about_application_applicant": 1,
            "ask_an_officer_to_decide_on_application": 1,
            "open_a_loan_account_for_application": 1,
            "transfer_the_amount_of_application_to_account": 1,
        },
    ),
    "loan, rejected": Story(
        "loan_approval",
        _loan("Ann"),
        (_decided("rejected"),),
        outcome="rejected",
        result={"loan_id": "a-1", "outcome": "rejected"},
    ),
    "loan, withdrawn": Story(
        "loan_approval",
        _loan("Ann"),
        (Event("withdrawal", {"loan_id": "a-1"}),),
        outcome="withdrawn",
    ),
    "loan, too risky": Story(
        "loan_approval",
        _loan("Gene Meese"),
        status="failed",
        error="FlowFailed: risk too high",
    ),
    "loan, nobody decides": Story(
        "loan_approval",
        _loan("Ann"),
        status="failed",
        error="WaitTimeout: (decision) did not come within 1 week",
        often={
            "fetch_the_credit_history_of_application_applicant": 1,
            "score_credit_history": 1,
            "ask_the_identity_service_about_application_applicant": 1,
            "ask_an_officer_to_decide_on_application": 1,
            "remind_the_officer_about_application": 1,
        },
    ),
    "loan, a blocked account": Story(
        "loan_approval",
        _loan("Blocked", 100),
        (_decided("approved"),),
        status="failed",
        error="FlowFailed: payout impossible",
    ),
    "billing": Story(
        "nightly_billing",
        (Start("nightly billing", {}), Start("ledger closing", {})),
        often={
            "list_the_open_orders": 1,
            "price_order": 5,
            "reserve_credit_for_order_customer": 5,
            "charge": 10,
            "write_a_reminder_to_order_customer": 1,
            "ask_the_bank_about_tonights_settlement": 3,
            "close_the_books_of_the_day": 1,
            "send_the_report": 1,
        },
    ),
    "billing, open books": Story(
        "nightly_billing",
        (Start("nightly billing", {}),),
        status="failed",
        error='WaitTimeout: no run of "ledger closing" reached "closed" within 6 hours',
        often={
            "list_the_open_orders": 1,
            "price_order": 5,
            "reserve_credit_for_order_customer": 5,
            "charge": 10,
            "write_a_reminder_to_order_customer": 1,
            "ask_the_bank_about_tonights_settlement": 3,
            "release_reservation": 5,
        },
    ),
}

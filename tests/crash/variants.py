"""In how many ways the proof is run: which flow, which kind of handlers, who drives, how the disk is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from tests.crash.stores import ForgetfulStore, HastyStore, NotingStore

_HERE: Final = Path(__file__).parent
_EXAMPLE: Final = _HERE.parents[1] / "examples/flows/customer_registration/customer_registration.flow"

_DETAILS: Final = {"name": "Ada Lovelace", "email": "ada@example.org"}
VALIDATE: Final = "validate_customer_registration_details"
CREATE: Final = "create_customers_authentication_record"
FIRST: Final = "register_customer_registration_details_in_first_microserice"
SECOND: Final = "register_customer_registration_details_in_2nd_microserice"
THIRD: Final = "register_customer_registration_details_in_3rd_microserice"
ACTIVATE: Final = "activate_authentication_record"
NOTIFY: Final = "notify_customer_about_successful_registration"


@dataclass(frozen=True)
class Story:
    """A flow with inputs, with what its handlers return, and with how a run of it has to stand at the end.

    `calls` are the handlers' arguments. The tasks of `group` run side by side; they end in this order, each after the
    one before it is saved, so that all states between "none is done" and "all are done" come about.
    """

    flow: Path
    inputs: dict[str, Any]
    returns: dict[str, Any]
    calls: dict[str, dict[str, Any]]
    group: tuple[str, ...]
    ends: dict[str, Any]
    event: tuple[str, Any] | None = None

    @property
    def tasks(self) -> list[str]:
        return list(self.calls)


REGISTRATION: Final = Story(
    flow=_EXAMPLE,
    inputs={"customer_registration_details": _DETAILS},
    returns={VALIDATE: {"messages": []}, CREATE: {"login": "ada", "active": False}},
    calls={
        **{step: {"customer_registration_details": _DETAILS} for step in (VALIDATE, CREATE, FIRST, SECOND, THIRD)},
        ACTIVATE: {"authentication_record": {"login": "ada", "active": False}},
        NOTIFY: {"email": "ada@example.org"},
    },
    group=(FIRST, SECOND, THIRD),
    ends={
        "status": "finished",
        "outcome": None,
        "word": None,
        "steps": [],
        "values": {
            "customer_registration_details": _DETAILS,
            "customer_validation_errors": {"messages": []},
            "authentication_record": {"login": "ada", "active": False},
        },
        "result": None,
        "error": None,
        "waiting_for": [],
        "wake_at": None,
    },
)

PURCHASE: Final = Story(
    flow=_HERE / "purchase.flow",
    inputs={"amount": 40},
    returns={"price_amount": 120, "charge_total": "receipt 7", "reserve_goods_for_amount": "parcel 9"},
    calls={"price_amount": {"amount": 40}, "charge_total": {"total": 120}, "reserve_goods_for_amount": {"amount": 40}},
    group=("charge_total", "reserve_goods_for_amount"),
    ends={
        "status": "finished",
        "outcome": "bought",
        "word": "paid",
        "steps": [],
        "values": {
            "amount": 40,
            "total": 120,
            "approval": {"granted": True},
            "receipt": "receipt 7",
            "parcel": "parcel 9",
        },
        "result": "receipt 7",
        "error": None,
        "waiting_for": [],
        "wake_at": None,
    },
    event=("approval", {"granted": True}),
)


@dataclass(frozen=True)
class Variant:
    """One way to run the proof. The handlers of `failing` raise an error at their first attempt.

    `again`: the process that takes over is killed too, at a point of its own. `steady`: each run of it passes the same
    points; with several threads it need not.
    """

    story: Story = REGISTRATION
    threads: bool = False
    failing: tuple[str, ...] = ()
    by: Literal["drive", "worker", "until idle"] = "drive"
    runs: int = 1
    slow_disk: bool = False
    again: bool = False
    steady: bool = True
    store: type[NotingStore] = NotingStore


VARIANTS: Final = {
    "async handlers": Variant(by="until idle"),
    "def handlers": Variant(threads=True, by="worker"),
    "two handlers fail once": Variant(failing=(SECOND, NOTIFY)),
    "taken over by a worker": Variant(failing=(CREATE, THIRD), by="worker"),
    "killed again": Variant(failing=(FIRST,), again=True),
    "three runs, shared commits": Variant(by="until idle", runs=3),
    "three runs, slow disk": Variant(by="worker", runs=3, slow_disk=True, steady=False),
    "event, decision, status": Variant(PURCHASE, failing=("charge_total",)),
}

MUTATIONS: Final = {
    "a store that acknowledges too early": Variant(by="until idle", store=HastyStore),
    "a store that forgets branches": Variant(by="until idle", store=ForgetfulStore),
}

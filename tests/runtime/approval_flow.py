"""A flow with a wait, a decision, words and two ends, written by hand the way the generator writes it."""

from wgen.runtime import (
    DONE,
    MISSING,
    Any,
    Decimal,
    Decision,
    Done,
    Fail,
    Finish,
    Flow,
    Input,
    Policy,
    Protocol,
    OnEvent,
    Returns,
    Status,
    StrEnum,
    Task,
    Wait,
    dataclass,
    result,
)


@dataclass(slots=True)
class Approval:
    order_id: str
    approved: bool


class State(StrEnum):
    """Where a run can stand."""

    PRICE = "price"
    STATUS_PRICED = "status_priced"
    RECEIVE_APPROVAL = "receive_approval"
    WHEN_APPROVED = "when_approved"
    SHIP = "ship"
    FINISH = "finish"
    FAIL = "fail"


@dataclass(slots=True)
class Values:
    """What a run knows."""

    order: str = MISSING
    limit: int = MISSING
    total: Decimal = MISSING
    approval: Approval = MISSING
    parcel: Any = MISSING


class Handlers(Protocol):
    """What the flow calls."""

    def price(self, *, order: str, limit: int) -> Returns[Decimal]: ...
    def ship(self, *, order: str) -> Returns[Any]: ...


async def price(known: Values, handlers: Handlers) -> State | Done:
    known.total = await result(handlers.price(order=known.order, limit=known.limit))
    return State.STATUS_PRICED


def when_approved(known: Values) -> State | Done:
    if known.approval.approved is True:
        return State.SHIP
    return State.FAIL


async def ship(known: Values, handlers: Handlers) -> State | Done:
    known.parcel = await result(handlers.ship(order=known.order))
    return State.FINISH


FLOW: Flow[Values, Handlers] = Flow(
    name="order approval",
    version=3,
    digest="approval-1",
    source="order_approval.flow",
    values=Values,
    inputs={"order": Input("order"), "limit": Input("limit", 100)},
    start=State.PRICE,
    events={"approval": "approval"},
    key=lambda known: known.order,
    steps={
        State.PRICE: Task(
            run=price,
            handler="price",
            parameters=("order", "limit"),
            gives=("total",),
            to=(State.STATUS_PRICED,),
            policy=Policy(retries=2, wait=10.0, growth="exponential"),
            line=3,
            digest="p1",
        ),
        State.STATUS_PRICED: Status(word="priced", to=(State.RECEIVE_APPROVAL,), line=4, digest="p2"),
        State.RECEIVE_APPROVAL: Wait(
            on=(
                OnEvent(
                    "approval",
                    State.WHEN_APPROVED,
                    where=lambda known, payload: payload.order_id == known.order,
                ),
            ),
            within=3600.0,
            line=5,
            digest="p3",
        ),
        State.WHEN_APPROVED: Decision(run=when_approved, to=(State.SHIP, State.FAIL), line=6, digest="p4"),
        State.SHIP: Task(
            run=ship,
            handler="ship",
            parameters=("order",),
            gives=("parcel",),
            to=(State.FINISH,),
            line=7,
            digest="p5",
        ),
        State.FINISH: Finish(line=8, digest="p6", result=lambda known: known.parcel, outcome="shipped"),
        State.FAIL: Fail(because=lambda _: "not approved", line=10, digest="p7"),
    },
)
__all__ = ["DONE", "FLOW", "Approval", "Handlers", "State", "Values"]

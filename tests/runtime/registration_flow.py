"""The registration flow, written by hand the way the generator writes it."""

from wgen.runtime import (
    DONE,
    MISSING,
    Any,
    Done,
    Flow,
    Input,
    Parallel,
    Policy,
    Protocol,
    Returns,
    StrEnum,
    Task,
    dataclass,
    result,
)

ONCE = Policy(retries=0, wait=1.0, growth="fixed")
TWICE_MORE = Policy(retries=2, wait=1.0, growth="fixed")


@dataclass(slots=True)
class Details:
    name: str
    email: str


class State(StrEnum):
    """Where a run can stand."""

    VALIDATE = "validate"
    CREATE = "create"
    REGISTER = "together_register_in_first"
    REGISTER_IN_FIRST = "register_in_first"
    REGISTER_IN_2ND = "register_in_2nd"
    REGISTER_IN_3RD = "register_in_3rd"
    ACTIVATE = "activate"
    NOTIFY = "notify"


@dataclass(slots=True)
class Values:
    """What a run knows."""

    details: Details = MISSING
    errors: Any = MISSING
    record: Any = MISSING


class Handlers(Protocol):
    """What the flow calls."""

    def validate(self, *, details: Details) -> Returns[Any]: ...
    def create(self, *, details: Details) -> Returns[Any]: ...
    def register_in_first(self, *, details: Details) -> Returns[object]: ...
    def register_in_2nd(self, *, details: Details) -> Returns[object]: ...
    def register_in_3rd(self, *, details: Details) -> Returns[object]: ...
    def activate(self, *, record: Any) -> Returns[object]: ...
    def notify(self, *, email: str) -> Returns[object]: ...


async def validate(known: Values, handlers: Handlers) -> State | Done:
    known.errors = await result(handlers.validate(details=known.details))
    return State.CREATE


async def create(known: Values, handlers: Handlers) -> State | Done:
    known.record = await result(handlers.create(details=known.details))
    return State.REGISTER


async def register_in_first(known: Values, handlers: Handlers) -> State | Done:
    await result(handlers.register_in_first(details=known.details))
    return DONE


async def register_in_2nd(known: Values, handlers: Handlers) -> State | Done:
    await result(handlers.register_in_2nd(details=known.details))
    return DONE


async def register_in_3rd(known: Values, handlers: Handlers) -> State | Done:
    await result(handlers.register_in_3rd(details=known.details))
    return DONE


async def activate(known: Values, handlers: Handlers) -> State | Done:
    await result(handlers.activate(record=known.record))
    return State.NOTIFY


async def notify(known: Values, handlers: Handlers) -> State | Done:
    await result(handlers.notify(email=known.details.email))
    return DONE


FLOW: Flow[Values, Handlers] = Flow(
    name="customer registration",
    version=1,
    digest="d1",
    source="customer_registration.flow",
    values=Values,
    inputs={"details": Input("details")},
    start=State.VALIDATE,
    steps={
        State.VALIDATE: Task(
            run=validate,
            handler="validate",
            parameters=("details",),
            gives=("errors",),
            to=(State.CREATE,),
            policy=ONCE,
            line=5,
            digest="s1",
        ),
        State.CREATE: Task(
            run=create,
            handler="create",
            parameters=("details",),
            gives=("record",),
            to=(State.REGISTER,),
            policy=TWICE_MORE,
            line=7,
            digest="s2",
        ),
        State.REGISTER: Parallel(
            branches=(State.REGISTER_IN_FIRST, State.REGISTER_IN_2ND, State.REGISTER_IN_3RD),
            to=(State.ACTIVATE,),
            line=8,
            digest="s3",
        ),
        State.REGISTER_IN_FIRST: Task(
            run=register_in_first,
            handler="register_in_first",
            parameters=("details",),
            to=(DONE,),
            policy=TWICE_MORE,
            line=8,
            digest="s4",
        ),
        State.REGISTER_IN_2ND: Task(
            run=register_in_2nd,
            handler="register_in_2nd",
            parameters=("details",),
            to=(DONE,),
            policy=TWICE_MORE,
            line=9,
            digest="s5",
        ),
        State.REGISTER_IN_3RD: Task(
            run=register_in_3rd,
            handler="register_in_3rd",
            parameters=("details",),
            to=(DONE,),
            policy=TWICE_MORE,
            line=10,
            digest="s6",
        ),
        State.ACTIVATE: Task(
            run=activate,
            handler="activate",
            parameters=("record",),
            to=(State.NOTIFY,),
            policy=TWICE_MORE,
            line=11,
            digest="s7",
        ),
        State.NOTIFY: Task(
            run=notify,
            handler="notify",
            parameters=("email",),
            to=(DONE,),
            policy=TWICE_MORE,
            line=12,
            digest="s8",
        ),
    },
)

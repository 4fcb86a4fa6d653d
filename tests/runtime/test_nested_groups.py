"""Groups in groups, of all kinds, with attempts that fail and end in any order: a run never waits for nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compiled import compiled
from tests.runtime.support import Calls, go
from wgen.errors import RunFailed
from wgen.runtime import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

ROUNDS = "rounds side by side"
KINDS = (ROUNDS, "", ", first to finish wins", ", first to succeed wins", ", at least 1 must succeed")


@dataclass(frozen=True)
class Work:
    """A task that ends after so many turns of the loop, well or badly."""

    turns: int
    fails: bool


@dataclass(frozen=True)
class Group:
    kind: str
    branches: tuple[tuple[Part, ...], ...]


Part = Work | Group

_WORK = st.builds(Work, st.integers(0, 4), st.booleans())


def _group(parts: st.SearchStrategy[Part]) -> st.SearchStrategy[Part]:
    branch = st.lists(parts, min_size=1, max_size=2).map(tuple)
    return st.builds(Group, st.sampled_from(KINDS), st.lists(branch, min_size=2, max_size=3).map(tuple))


_GROUPS = _group(_WORK | _group(_WORK | _group(_WORK)))


def _written(part: Part, depth: int, works: list[Work]) -> Iterator[str]:
    """The lines of a part; its tasks are named by their places in `works`."""
    indent = "    " * depth
    if isinstance(part, Work):
        works.append(part)
        yield f"{indent}@Then do number {len(works)}"
        return
    if part.kind == ROUNDS:
        yield f"{indent}@For each (item {depth}) in (items), at most 2 at a time"
        for inner in part.branches[0]:
            yield from _written(inner, depth + 1, works)
        yield f"{indent}@End"
        return
    yield f"{indent}@Together{part.kind}"
    for number, branch in enumerate(part.branches):
        yield f"{indent}    @Branch number {number}"
        for inner in branch:
            yield from _written(inner, depth + 2, works)
    yield f"{indent}@End"


def _handler(work: Work) -> Callable[[], Coroutine[Any, Any, None]]:
    async def handler() -> None:
        for _ in range(work.turns):
            await asyncio.sleep(0)
        if work.fails:
            raise KeyError("it")

    return handler


@settings(deadline=None, max_examples=150)
@given(_GROUPS)
def test_every_run_ends(group: Part) -> None:
    async def main() -> None:
        works: list[Work] = []
        text = "\n".join(["@Given (items) as list of str", *_written(group, 0, works), "@Then go on"])
        (flow,) = compiled(text)
        calls = Calls(**{f"do_number_{n}": _handler(work) for n, work in enumerate(works, 1)}, go_on=lambda: None)
        async with Engine("memory://") as engine:
            engine.register(flow, calls)
            run = await engine.start(flow, items=["a", "b", "c"])
            with suppress(RunFailed):
                await asyncio.wait_for(run.result(), 5)
            ended = (await run.view()).status
        assert ("go_on" in calls.seen) is (ended == "finished")

    go(main())

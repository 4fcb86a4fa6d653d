"""Makes a script that fails smaller, as long as it still fails: what is left is what it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.scripts import Block, ForEach, Race, Repeat, Script, Step, Together, Try, When
from wgen.errors import CompileError

PATIENCE = 400
"""So many smaller scripts are tried."""


def shrink(script: Script, fails: Callable[[Script], bool]) -> Script:
    """The smallest script that was found to fail."""
    tries = 0
    found = True
    while found and tries < PATIENCE:
        found = False
        for smaller in _smaller(script):
            tries += 1
            if tries > PATIENCE:
                break
            try:
                if fails(smaller):
                    script, found = smaller, True
                    break
            except (CompileError, KeyError):  # it reads what is not there any more
                continue
    return script


def _smaller(script: Script) -> Iterator[Script]:
    for number, flow in enumerate(script.flows):
        for body in _blocks(flow.body):
            yield replace(script, flows=(*script.flows[:number], replace(flow, body=body), *script.flows[number + 1 :]))
    if len(script.flows) > 1:
        yield replace(script, flows=script.flows[:-1])


def _blocks(block: Block) -> Iterator[Block]:
    """A block without one of its steps, with what is in one in place of it, or with a smaller one."""
    for number, step in enumerate(block):
        before, after = block[:number], block[number + 1 :]
        if before or after:
            yield (*before, *after)
        for inner in _inside(step):
            yield (*before, *inner, *after)
        for smaller in _steps(step):
            yield (*before, smaller, *after)


def _inside(step: Step) -> tuple[Block, ...]:
    match step:
        case When(_, _, then, otherwise):
            return then, otherwise
        case Together(branches):
            return branches
        case Race(winner=winner):
            return (winner,)
        case Repeat(body=body) | Try(body=body) | ForEach(body=body):
            return (body,)
        case _:
            return ()


def _steps(step: Step) -> Iterator[Step]:
    match step:
        case When():
            yield from (replace(step, then=body) for body in _blocks(step.then))
            yield from (replace(step, otherwise=body) for body in _blocks(step.otherwise))
        case Together(branches):
            if len(branches) > 2:
                yield Together(branches[1:])
            for number, branch in enumerate(branches):
                for body in _blocks(branch):
                    yield Together((*branches[:number], body, *branches[number + 1 :]))
        case Race(losers=losers):
            for number, branch in enumerate(losers):
                for body in _blocks(branch):
                    yield replace(step, losers=(*losers[:number], body, *losers[number + 1 :]))
        case Repeat() | ForEach():
            yield from (replace(step, body=body) for body in _blocks(step.body))
        case Try():
            yield from (replace(step, body=body) for body in _blocks(step.body))
            yield from (replace(step, clause=body) for body in _blocks(step.clause))
        case _:
            return

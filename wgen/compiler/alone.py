"""Reads one sentence alone, in a small text that gives it what it needs around it."""

from __future__ import annotations

import re

from wgen.compiler import syntax
from wgen.compiler.lalr import Unreadable
from wgen.compiler.read import read
from wgen.compiler.source import Span
from wgen.compiler.tree import Misfit

P = syntax.PLACEHOLDER
_BODY = "@Then x\n@End\n"
# What stands above and below a sentence when it is read alone.
_AROUND = {
    "flow": ("", "@Then x\n"),
    "provide": ("@Then x\n", ""),
    "undo": ("@Then x\n", ""),
    "when": ("", _BODY),
    "or": ("@When (x)\n@Then x\n", _BODY),
    "otherwise": ("@When (x)\n@Then x\n", _BODY),
    "together": ("", "@Branch x\n@Then x\n@End\n"),
    "branch": ("@Together\n", _BODY),
    "for": ("", _BODY),
    "repeat": ("", _BODY),
    "try": ("", "@Then x\n@On failure\n@End\n"),
    "await": ("", "@On (x)\n@End\n"),
    "end": ("@When (x)\n@Then x\n", ""),
}
_AROUND_AND = {
    "given": ("@Given (x)\n", ""),
    "lost given": ("@Given (x)\n", ""),
    "condition": ("@When (x)\n", _BODY),
}
STAND_INS = {
    "flow": f"@Flow {P}",
    "when": f"@When ({P})",
    "or": f"@Or when ({P})",
    "otherwise": "@Otherwise",
    "together": "@Together",
    "branch": f"@Branch {P}",
    "for": f"@For each ({P}) in ({P})",
    "repeat": f"@Repeat until ({P})",
    "try": "@Try",
    "await": "@Await the first",
    "then": f"@Then {P}",
    "and": f"@And {P}",
    "meanwhile": f"@Meanwhile {P}",
    "undo": f"@Undo {P}",
    "receive": f"@Then {P}",
    "wait": f"@Then {P}",
    "status": f"@Then {P}",
    "finish": "@Finish",
    "fail": f'@Fail because "{P}"',
    "break": "@Break",
    "continue": "@Continue",
}
_FAILURE = re.compile(r"@on[ \t]+failure(?!\w)", re.IGNORECASE)
_CONDITION_LOOP = re.compile(r"@repeat[ \t]+(?:while|until)(?!\w)", re.IGNORECASE)


def is_on_failure(text: str) -> bool:
    return _FAILURE.match(text) is not None


def has_condition(text: str) -> bool:
    """Whether a `@Repeat` has a condition that `@And` lines may go on with."""
    return _CONDITION_LOOP.match(text) is not None


def around(keyword: str, above: str, text: str) -> tuple[str, str]:
    """What has to stand above and below a sentence. `above` is what stands directly above it in its own text."""
    if keyword == "on":
        return ("@Try\n@Then x\n", "@End\n") if is_on_failure(text) else ("@Await the first\n", "@End\n")
    if keyword == "and":
        return _AROUND_AND.get(above, ("@Then x\n", ""))
    return _AROUND.get(keyword, ("", ""))


def failure(text: str, start: int, above: str, below: str) -> Misfit | int | None:
    """Where a sentence stops making sense, or what can't be meant; None for a good one. `start` is its own place."""
    try:
        read(f"{above}{text}\n{below}")
    except Unreadable as error:
        return min(max(error.at - len(above), 0), len(text))
    except Misfit as misfit:
        misfit.span = Span(*(place - len(above) + start for place in misfit.span))
        return misfit
    return None

"""How diagnostics are chosen and shown."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from wgen.cli.terminal import say
from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from wgen.compiler.diagnostics import Diagnostic

T = TypeVar("T")


def chooser(select: Sequence[str], ignore: Sequence[str]) -> Callable[[Diagnostic], bool]:
    """Tells whether a finding is wanted. Rules are named by code, name or the beginning of a code (`WG1`)."""
    selected, ignored = _codes(select), _codes(ignore)

    def wanted(diagnostic: Diagnostic) -> bool:
        code = diagnostic.rule.code
        return (not select or code in selected) and code not in ignored

    return wanted


def _codes(words: Sequence[str]) -> set[str]:
    if not words:
        return set()
    from wgen.compiler.catalogue import all_rules

    rules = all_rules()
    found: set[str] = set()
    for word in words:
        codes = {rule.code for rule in rules if rule.name == word.lower() or rule.code.startswith(word.upper())}
        if not codes:
            raise UsageError(
                f"no rule is called {word!r}; name a rule (unknown-value), a code (WG101) or a family (WG1)"
            )
        found |= codes
    return found


def split_rules(texts: Iterable[str]) -> list[str]:
    """The entries of `--select a,b --select c`."""
    return [word for text in texts for word in text.replace(",", " ").split()]


def show(diagnostics: Iterable[Diagnostic], *, color: bool, err: bool = False, concise: bool = False) -> None:
    """Prints findings for people."""
    say(shown(diagnostics, color=color, concise=concise), err=err, end="")


def shown(diagnostics: Iterable[Diagnostic], *, color: bool, concise: bool = False) -> str:
    """The text of findings for people."""
    from wgen.compiler import report

    if concise:
        return "".join(f"{report.concise(diagnostic)}\n" for diagnostic in diagnostics)
    texts = (report.full(diagnostic, color=color).rstrip("\n") for diagnostic in diagnostics)
    return "".join(f"{text}\n\n" for text in texts)


def summary(diagnostics: Iterable[Diagnostic], files: int) -> str:
    """`2 errors, 1 warning in 3 files`."""
    count = Counter(diagnostic.severity for diagnostic in diagnostics)
    parts = [
        plural(count["error"], "error"),
        plural(count["warning"], "warning"),
        plural(count["info"], "note"),
    ]
    said = ", ".join(part for part in parts if not part.startswith("0 "))
    return f"{said or 'no findings'} in {plural(files, 'file')}"


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def with_progress(items: Sequence[T], name: Callable[[T], Path | str]) -> Iterator[T]:
    """The items, shown on a terminal as they come once a second has passed."""
    begin = time.monotonic()
    shown = False
    for at, item in enumerate(items):
        if sys.stderr.isatty() and time.monotonic() - begin > 1:
            shown = True
            say(f"\r\x1b[K{at}/{len(items)} {name(item)}", err=True, end="")
        yield item
    if shown:
        say("\r\x1b[K", err=True, end="")

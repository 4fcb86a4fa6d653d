"""`generate --watch`: generates, and goes on with whatever changes."""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import click

from wgen.cli.changes import SETTINGS, Lookout
from wgen.cli.config import config_of
from wgen.cli.generate import bring_up_to_date, sum_up, verify_modules
from wgen.cli.ignored import repository_of
from wgen.cli.manifest import AROUND
from wgen.cli.paths import OUTPUT, SUFFIX, NoFlowFile, find
from wgen.compiler.neighbours import flow_index
from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wgen.cli.batch import Compiled
    from wgen.cli.generate import Way


class _Known(NamedTuple):
    """What became of a flow, and which files have decided that."""

    outcome: str
    deciding: frozenset[str]


def watch_and_generate(patterns: Sequence[str], way: Way) -> int:
    """Generates what the patterns name, then again whatever changes, until Ctrl-C; gives the exit code."""
    # A script that starts it in the background leaves it deaf to this signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        lookout = Lookout(patterns)
        watch = _Watch(patterns, way, lookout)
        try:
            watch.go_on(set())
        except NoFlowFile as error:  # there will be one
            click.echo(f"wgen: {error}", err=True)
        click.echo("watching for changes; Ctrl-C ends it", err=True)
        while True:
            changed = lookout.wait()
            try:
                watch.go_on(changed)
            except UsageError as error:
                click.echo(f"wgen: {error}", err=True)
    except KeyboardInterrupt:
        return 0


class _Watch:
    """Generates again what is decided by files that have changed."""

    def __init__(self, patterns: Sequence[str], way: Way, lookout: Lookout) -> None:
        self._patterns = patterns
        self._way = way
        self._lookout = lookout
        self._known: dict[str, _Known] = {}

    def go_on(self, changed: set[str]) -> None:
        """One round. Raises UsageError where settings or paths are off; the next round does what is left undone."""
        self._forget(changed)
        found = find(self._patterns)
        todo = [flow for flow in found.flows if flow not in self._known]
        count = Counter(self._known[flow].outcome for flow in found.flows if flow in self._known)
        touched = bring_up_to_date(found, todo, self._way, count, self._note)
        self._lookout.take_as_seen(os.path.abspath(path) for path in touched)
        self._lookout.name(frozenset().union(*(self._known[flow].deciding for flow in todo if flow in self._known)))
        if self._way.verify:
            verify_modules(todo, count)
        if todo or touched:
            sum_up(count, dry=False)

    def _forget(self, changed: set[str]) -> None:
        """Forgets the flows that these files decide, and what is kept for the time of one command."""
        for kept in (config_of, repository_of, flow_index):
            kept.cache_clear()
        if any(os.path.basename(path) in SETTINGS for path in changed):
            self._known.clear()
        # A folder stands for the flows in it.
        changed = changed | {os.path.dirname(path) for path in changed if path.endswith(SUFFIX)}
        self._known = {flow: known for flow, known in self._known.items() if known.deciding.isdisjoint(changed)}

    def _note(self, flow: str, compiled: Compiled) -> None:
        outcome = "refused" if compiled.refusal else "unchanged" if compiled.changes else "with errors"
        self._known[flow] = _Known(outcome, _deciding(flow, compiled))


def _deciding(flow: str, compiled: Compiled) -> frozenset[str]:
    """The flow, what is written for it, and the files that the compiler looks for."""
    path = os.path.abspath(flow)
    stem, folder = path.removesuffix(SUFFIX), os.path.dirname(path)
    own = (path, stem + OUTPUT, stem + "_handlers.py", *(os.path.join(folder, name) for name in AROUND))
    return frozenset({*own, *(os.path.abspath(other) for other in compiled.asked)})

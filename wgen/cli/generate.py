"""`wgen generate`: the Python module of each flow, beside it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from wgen.cli.command import COLOR, Misuse, Option, command
from wgen.cli.findings import with_progress
from wgen.cli.manifest import Manifest
from wgen.cli.outputs import Change, orphans
from wgen.cli.paths import EVERYWHERE, find
from wgen.cli.terminal import say, wants_color
from wgen.cli.writing import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from wgen.cli.batch import Compiled
    from wgen.cli.paths import Found


class Way(NamedTuple):
    """How it is done: what the options ask for."""

    handlers: bool
    check: bool
    diff: bool
    verify: bool
    color: bool

    @property
    def dry(self) -> bool:
        """Whether nothing is written."""
        return self.check or self.diff


@command(
    Option("--handlers", "Also create the handlers file, or append what is new to it."),
    Option("--check", "Write nothing; exit 1 if something is stale, missing or orphaned."),
    Option("--diff", "Write nothing; print what would change."),
    Option("--watch", "Go on with whatever changes, until Ctrl-C."),
    Option("--verify", "Prove that Python can import the modules; exit 1 if not."),
    COLOR,
    examples=("wgen generate --watch", "wgen generate --check --verify flows/..."),
)
def generate(
    paths: tuple[str, ...], handlers: bool, check: bool, diff: bool, watch: bool, verify: bool, color: str
) -> int:
    """Write <flow>_flow.py beside each <flow>.flow; remove those whose flow is gone."""
    way = Way(handlers, check, diff, verify, wants_color(color, sys.stderr))
    patterns = paths or (EVERYWHERE,)
    if verify and diff:
        raise Misuse("--verify looks at files as they are, and --diff writes none; use --check --verify")
    if watch:
        from wgen.cli.watch import watch_and_generate

        if way.dry:
            raise Misuse(f"--watch writes, and {'--check' if check else '--diff'} does not; use one of them")
        return watch_and_generate(patterns, way)
    return _generate_once(patterns, way)


def _generate_once(patterns: Sequence[str], way: Way) -> int:
    found = find(patterns)
    # The handlers files are the user's to change: what is to be appended is looked at each time.
    manifest = None if way.handlers else Manifest()
    todo = [file for file in found.flows if manifest is None or not manifest.knows(file)]
    count = Counter({"unchanged": len(found.flows) - len(todo)})

    def note(file: str, compiled: Compiled) -> None:
        if manifest and compiled.changes and not compiled.findings:
            manifest.note(file, compiled.changes[0].after or "", compiled.asked)

    bring_up_to_date(found, todo, way, count, note)
    if manifest:
        manifest.save()
    if way.verify:
        verify_modules(found.flows, count)
    sum_up(count, dry=way.dry)
    if count["refused"]:
        return 2
    return int(bool(count["with errors"] or count["not importable"]) or (way.check and _differs(count)))


def bring_up_to_date(
    found: Found, todo: Sequence[str], way: Way, count: Counter[str], note: Callable[[str, Compiled], None]
) -> list[Path]:
    """Makes what some flows ask for, and removes what is left of others; gives the files that it wrote or removed.

    `note` is told of each flow of which nothing is left to do.
    """
    touched = []
    for file, compiled in _compiled(todo, way):
        if compiled.refusal:
            count["refused"] += 1
        elif not compiled.changes:
            count["with errors"] += 1
        results = [_carried_out(change, way, count) for change in compiled.changes]
        touched += [change.path for change, result in zip(compiled.changes, results, strict=True) if result]
        if None not in results:
            note(file, compiled)
    for change in orphans(found.outputs, found.flows):
        if _carried_out(change, way, count):
            touched.append(change.path)
    return touched


def _compiled(files: Sequence[str], way: Way) -> Iterator[tuple[str, Compiled]]:
    """Each file with what became of it; what is to be said about it is said."""
    if not files:
        return
    from wgen.cli.batch import compile_file, compile_files

    results = compile_files(files, color=way.color, handlers=way.handlers)
    for file in with_progress(files, str):
        compiled = next(results)
        if any(change.outdated for change in compiled.changes):
            compiled = compile_file(file, color=way.color, handlers=way.handlers)
        say(compiled.findings, err=True, end="")
        if compiled.refusal:
            say(f"wgen: {compiled.refusal}", err=True)
        yield file, compiled


def _carried_out(change: Change, way: Way, count: Counter[str]) -> bool | None:
    """Writes, removes, or tells what would be done; whether the file is another now, None if it could not be."""
    if change.before == change.after:
        count["unchanged"] += 1
        return False
    count[change.state] += 1
    if way.diff:
        say(change.diff(), end="")
    elif way.check:
        say(f"{change.path}: {change.state}: {change.reason}\n{change.excerpt()}", end="")
    else:
        return _written(change, count)
    return False


def _written(change: Change, count: Counter[str]) -> bool | None:
    try:
        if change.after is None:
            change.path.unlink()
        else:
            write(change.path, change.after)
    except OSError as error:
        say(f"wgen: {change.path}: {error.strerror}", err=True)
        count["refused"] += 1
        return None
    say(f"{'removed' if change.after is None else 'wrote'} {change.path}")
    return True


def verify_modules(flows: Sequence[str], count: Counter[str]) -> None:
    """Looks at the generated modules that are there, and tells what keeps Python from importing them."""
    from wgen.cli.batch import spread
    from wgen.cli.verify import faults_in, generated_modules

    modules = generated_modules(flows)
    results = spread(faults_in, modules)
    for _ in with_progress(modules, str):
        faults = next(results)
        count["not importable" if faults else "verified"] += 1
        for fault in faults:
            say(fault, err=True)


def sum_up(count: Counter[str], *, dry: bool) -> None:
    """One line on standard error that says what there is besides the files that were told of one by one."""
    done = ("unchanged", "with errors", "refused", "verified", "not importable")
    names = ("missing", "stale", "orphaned", *done) if dry else done
    said = [f"{count[name]} {name}" for name in names if count[name]]
    if dry and _differs(count):
        said.append("run 'wgen generate'")
    if said:
        say(", ".join(said), err=True)


def _differs(count: Counter[str]) -> bool:
    return bool(count["missing"] or count["stale"] or count["orphaned"])

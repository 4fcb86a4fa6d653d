"""`wgen breaking`: what becomes of runs when these flows take the place of older ones."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from wgen.cli.config import config_for
from wgen.cli.display import print_json
from wgen.cli.driving import opened, speaking_aside
from wgen.cli.findings import show
from wgen.cli.loading import flows_of, refuse_doubles
from wgen.cli.oldflows import texts_at, texts_in
from wgen.cli.openruns import OpenRuns
from wgen.cli.options import color_option, examples, json_option, paths_argument
from wgen.cli.paths import EVERYWHERE, SUFFIX, find_flows
from wgen.cli.standings import as_dict, case_of, diagnostics_of, summary, table_lines
from wgen.cli.terminal import wants_color
from wgen.compiler.compile import check, passed
from wgen.compiler.source import Source
from wgen.compiler.upgrade.compare import compare
from wgen.compiler.upgrade.findings import Verdict
from wgen.compiler.upgrade.texts import Text
from wgen.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wgen.cli.standings import Case

_DATABASES = (".db", ".sqlite", ".sqlite3")


@click.command(
    epilog=examples("wgen breaking --against main", "wgen breaking --against sqlite:///wgen.db flows/... --json")
)
@paths_argument
@click.option(
    "--against",
    required=True,
    metavar="REF|DIR|DATABASE",
    help="The older flows, as a git revision or a folder; or the open runs of a store.",
)
@json_option
@color_option
def breaking(paths: tuple[str, ...], against: str, as_json: bool, color: str) -> int:
    """Say which runs these flows would not go on with; exit 1 if there are some.

    A git revision and a folder hold older flows: each step at which a run of them can stand is looked at. A store, by
    its URL or its file, holds runs: each open one is looked at.
    """
    if not against:
        raise UsageError("--against is empty: name a git revision, a folder or a store")
    with speaking_aside(as_json):
        store = _store_of(against)
        patterns = paths or (EVERYWHERE,)
        files = _files_of_today(patterns, against)
        cases = _runs_in(store, files) if store else _against_texts(against, patterns, files)
    if as_json:
        print_json([as_dict(case) for case in cases])
    else:
        _tell(cases, wants_color(color, sys.stdout), of_runs=store is not None)
    return int(any(case.verdict is not Verdict.GOES_ON for case in cases))


def _store_of(against: str) -> str | None:
    """The URL of the store that is meant, if it is one."""
    if "://" in against:
        return against
    path = Path(against)
    is_file = path.is_file() and path.suffix != SUFFIX
    return f"sqlite:///{quote(against)}" if is_file or (path.suffix in _DATABASES and not path.is_dir()) else None


def _files_of_today(patterns: Sequence[str], against: str) -> list[Path]:
    """The files that the patterns name, without the older ones, which may lie among them."""
    old, files = Path(against), find_flows(patterns)
    if not old.is_dir():
        return list(files)
    new = [file for file in files if not file.resolve().is_relative_to(old.resolve())]
    if not new:
        raise UsageError(f"--against {against}: all flows lie in this folder; name those to compare it with as PATH")
    return new


def _tell(cases: Sequence[Case], color: bool, *, of_runs: bool) -> None:
    show(diagnostics_of(cases), color=color)
    for line in table_lines(cases):
        click.echo(line)
    click.echo(summary(cases, of_runs=of_runs), err=True)


def _against_texts(against: str, patterns: Sequence[str], files: Iterable[Path]) -> list[Case]:
    after = _texts(files)
    if Path(against).exists():
        return [case_of(standing) for standing in compare(texts_in(against), after)]
    with texts_at(against, patterns) as before:
        return [case_of(standing) for standing in compare(before, after)]


def _texts(files: Iterable[Path]) -> list[Text]:
    """The flows of today. Raises CompileError where one has errors."""
    found = []
    for file in files:
        source, settings = Source.read(file), config_for(file).compiler
        found += [Text(source, file.parent, settings, flow) for flow in passed(check(source, settings)).flows]
    refuse_doubles((text.flow.name, text.source.path) for text in found)
    return found


def _runs_in(store: str, files: Sequence[Path]) -> list[Case]:
    """The open runs of a store. Values are read by their types, so the modules of those are imported."""
    texts = _texts(files)
    flows = [flow for file in files for flow in flows_of(Source.read(file), file)]

    async def look() -> list[Case]:
        async with opened(store, create=False, look=True) as engine:
            return await OpenRuns(texts, flows, store).cases(engine.store, time.time())

    return asyncio.run(look())

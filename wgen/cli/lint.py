"""`wgen lint`: what is wrong with flows."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from wgen.cli.command import COLOR, Misuse, Option, command
from wgen.cli.config import Config, config_for, config_here
from wgen.cli.findings import chooser, split_rules, summary, with_progress
from wgen.cli.paths import EVERYWHERE, STDIN, find_flows
from wgen.cli.reports import FORMATS, render
from wgen.cli.terminal import say, wants_color
from wgen.cli.writing import write
from wgen.compiler.compile import check
from wgen.compiler.diagnostics import Diagnostic
from wgen.compiler.source import Source
from wgen.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

STDIN_NAME = "<stdin>"


@command(
    Option("--fix", "First mend the files with every safe fix."),
    Option("--output-format", "How to show it.", "full", FORMATS),
    Option("--output", "Write a report to a file besides.", (), metavar="FORMAT=FILE"),
    Option("--strict", "Warnings count as errors for the exit code."),
    Option("--select", "Only these rules: codes, names or families.", (), metavar="RULES"),
    Option("--ignore", "Not these rules.", (), metavar="RULES"),
    COLOR,
    examples=("wgen lint --fix", "wgen lint flows/... --output sarif=wgen.sarif --ignore untyped-value"),
)
def lint(
    paths: tuple[str, ...],
    fix: bool,
    output_format: str,
    output: tuple[str, ...],
    strict: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    color: str,
) -> int:
    """Report what is wrong with flows; exit 1 if there are errors."""
    config = config_here()
    wanted = chooser(split_rules(select) or config.select, [*split_rules(ignore), *config.ignore])
    outputs = [_output(text) for text in output]
    sources, unreadable = read_sources(paths)
    if fix:
        sources = _mended(sources, wanted)
    found: list[Diagnostic] = []
    for source, settings in with_progress(sources, lambda entry: entry[0].path):
        found += [finding for finding in check(source, settings.compiler).diagnostics if wanted(finding)]
    files = [source.path for source, _ in sources]
    for form, file in outputs:
        write(file, render(form, found, files))
    say(render(output_format, found, files, color=wants_color(color, sys.stdout)), end="")
    say(summary(found, len(sources)), err=True)
    blocking = {"error", "warning"} if strict else {"error"}
    return 2 if unreadable else int(any(finding.severity in blocking for finding in found))


def _output(text: str) -> tuple[str, Path]:
    form, sign, file = text.partition("=")
    if form not in FORMATS or not sign or not file:
        raise Misuse(f"--output {text}: write FORMAT=FILE, with one of {', '.join(FORMATS)}")
    return form, Path(file)


def _mended(sources: list[tuple[Source, Config]], wanted: Callable[[Diagnostic], bool]) -> list[tuple[Source, Config]]:
    """The texts with every safe fix, in their files too."""
    from wgen.compiler.fixes import apply_fixes

    mended = []
    for source, settings in sources:
        if source.path == STDIN_NAME:
            raise Misuse("--fix changes files, and standard input is none")
        text = apply_fixes(source, partial(check, settings=settings.compiler), wanted)
        if text != source.text:
            write(Path(source.path), _as_before(Path(source.path), text))
            say(f"mended {source.path}", err=True)
        mended.append((Source(text, source.path), settings))
    return mended


def _as_before(path: Path, text: str) -> str:
    """A text with the line ends and the byte order mark that its file has."""
    data = path.read_bytes()
    if 0 < data.count(b"\r\n") == data.count(b"\n"):
        text = text.replace("\n", "\r\n")
    return f"\ufeff{text}" if data.startswith(b"\xef\xbb\xbf") else text


def read_sources(paths: tuple[str, ...]) -> tuple[list[tuple[Source, Config]], int]:
    """The texts that the paths name, each with the settings of its project; `-` is standard input.

    Also how many files can't be read: they are told of, and hide nothing of the others.
    """
    if STDIN in paths:
        if len(paths) > 1:
            raise Misuse("'-' stands alone: standard input is one flow file")
        return [(read_stdin(), config_here())], 0
    files = find_flows(paths or (EVERYWHERE,))
    found = [(source, config_for(file)) for file in files if (source := read_or_tell(file)) is not None]
    return found, len(files) - len(found)


def read_or_tell(file: Path) -> Source | None:
    """The text of a file; None where it can't be read, and the reason on standard error."""
    try:
        return Source.read(file)
    except SourceError as error:
        say(f"wgen: {error}", err=True)
        return None


def read_stdin() -> Source:
    """The flow file on standard input."""
    data = sys.stdin.buffer.read()
    try:
        return Source(data.decode("utf-8"), STDIN_NAME)
    except UnicodeDecodeError:
        raise Misuse("standard input is not UTF-8") from None


def source_of(path: str) -> tuple[Source, Config]:
    """One flow text: a file, the only one of a folder, or standard input."""
    if path == STDIN:
        return read_stdin(), config_here()
    from wgen.cli.paths import one_flow_file

    file: Path = one_flow_file(path)
    return Source.read(file), config_for(file)

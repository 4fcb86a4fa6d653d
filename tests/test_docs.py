"""What the documents say is so: flows compile, mistakes look as shown, commands and programs print what is printed."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import fields
from typing import TYPE_CHECKING

import click
import pytest

from tests.docs.pages import PAGES, ROOT, blocks, blocks_of, show_file, show_files, text_of
from tests.docs.reader import Reader
from wgen.cli.group import wgen
from wgen.cli.main import COMMANDS
from wgen.compiler import report
from wgen.compiler.catalogue import all_rules
from wgen.compiler.compile import check, emit_module
from wgen.compiler.format import format_text
from wgen.compiler.keywords import SPELLED
from wgen.compiler.names import python_name
from wgen.compiler.source import Source
from wgen.runtime import RunView

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.pages import Block
    from wgen.compiler.compile import Checked

REFERENCE, COMMAND_LINE = "grammar/README.md", "docs/cli.md"
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")


def place(part: object) -> str:
    return getattr(part, "place", "")


def checked(block: Block, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """A flow of a page, beside the files that the page shows."""
    monkeypatch.chdir(folder)
    return check(Source(block.text, block.name or "example.flow"))


# ---- flows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", blocks_of("flow"), ids=place)
def test_flows_compile(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show_files(block.page, Reader(tmp_path).folder)
    found = checked(block, tmp_path / "page", monkeypatch)
    wrong = [finding for finding in found.diagnostics if finding.severity != "info"]
    assert "\n".join(map(report.full, wrong)) == ""
    assert format_text(found.source) == block.text
    assert emit_module(found)


# Of one that a reader writes to a file, the command behind it tells what is wrong.
@pytest.mark.parametrize("block", [block for block in blocks_of("flow-wrong") if not block.now], ids=place)
def test_mistakes_look_as_shown(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show_files(block.page, tmp_path)
    found = checked(block, tmp_path, monkeypatch)
    notable = [finding for finding in found.diagnostics if finding.severity != "info"]
    assert "\n\n".join(map(report.full, notable)) + "\n" == block.shown


# ---- commands and programs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_programs_print_what_is_shown(page: str, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    show_files(page, reader.folder)
    for block in blocks(page):
        if block.now:
            show_file(block, reader.folder)
        elif block.kind == "console":
            reader.follow(block)
        elif block.kind == "python" and not block.words:
            reader.execute(block)


@pytest.mark.parametrize("block", blocks_of("python"), ids=place)
def test_python_can_be_read(block: Block) -> None:
    compile(textwrap.dedent(block.text), block.place, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


# ---- lists that must be complete -------------------------------------------------------------------------------------


def test_the_reference_lists_the_rules() -> None:
    rows = re.findall(r"^\| (WG\d+) \| `([a-z-]+)` \| (\w+) \| (.+) \|$", text_of(REFERENCE), re.MULTILINE)
    assert [(*row[:3], row[3].replace("\\|", "|")) for row in rows] == [tuple(rule) for rule in all_rules()]


def test_the_reference_names_every_keyword() -> None:
    text = text_of(REFERENCE)
    assert [keyword for keyword in SPELLED.values() if f"`{keyword}" not in text] == []


@pytest.mark.parametrize(
    ("words", "name"), re.findall(r"^\| `([^`@]+)` \| `(\w+)` \|$", text_of(REFERENCE), re.MULTILINE)
)
def test_names_in_python_are_as_shown(words: str, name: str) -> None:
    if words.startswith("("):
        assert python_name(words) == name
    else:
        handlers = check(Source(f"@Then {words}\n")).module.flows[0].handlers
        assert [handler.name for handler in handlers] == [name]


def test_a_run_as_json_is_as_shown() -> None:
    table = text_of(COMMAND_LINE).split("**A run**")[1].split("**A history**")[0]
    told = [name for row in re.findall(r"^\| (`.+?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(told) == sorted(entry.name for entry in fields(RunView))


def sections() -> dict[str, str]:
    """The sections of the page about the command line, by the command that they are about."""
    parts = re.split(r"^### wgen (\w+)$", text_of(COMMAND_LINE), flags=re.MULTILINE)
    return {
        name: re.split(r"^## ", body, flags=re.MULTILINE)[0]
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_every_command_has_a_section() -> None:
    assert sorted(sections()) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_section_tells_of_every_option(name: str) -> None:
    command = wgen.get_command(click.Context(wgen), name)
    assert command is not None
    options = {text for entry in command.params if isinstance(entry, click.Option) for text in entry.opts}
    told = set(re.findall(r"`(--[a-z-]+)", sections()[name]))
    assert told == options


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_the_pages_exist(page: str) -> None:
    named = set(re.findall(r"^(?:\$ |)wgen ([a-z]+)", text_of(page), re.MULTILINE))
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    assert [link for link in _LINK.findall(text_of(page)) if not (folder / link).exists()] == []


def test_the_tests_that_show_failures_exist() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text_of("docs/failures.md"))
    assert len(named) > 20
    missing = [f"{file}::{name}" for file, name in named if f"def {name}(" not in text_of(file)]
    assert missing == []

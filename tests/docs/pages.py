"""The pages of the documentation as fenced blocks.

What the line of a fence says:

    ```flow [NAME]             a flow without errors, from which a module is made; with a name also a file of the page
    ```flow-wrong [NAME]       a flow with mistakes; the block behind it is what the compiler says
    ```python NAME             a file of the page; if it is there already, the page must show it as it is
    ```python part NAME        lines of such a file, in their order
    ```... now NAME            a file of any kind that is written when the reader comes to it, in place of what is there
    ```python part now NAME    lines of a file as it is when the reader comes to it
    ```python fragment         Python that is only read
    ```python                  a whole program; the block behind it is what it prints
    ```console                 commands and what they print; a line `...` stands for lines left out
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "grammar").glob("*.md"),
                 *(ROOT / "examples").rglob("*.md"))
)  # fmt: skip

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```[ \t]*\n", re.MULTILINE | re.DOTALL)
_OUTPUT = re.compile(r"\s*^```\n(?P<text>.*?)^```[ \t]*\n", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block. `shown` is the text of the unmarked block right behind it."""

    page: str
    line: int
    kind: str
    words: tuple[str, ...]
    text: str
    shown: str | None

    @property
    def name(self) -> str | None:
        """The file that the fence names."""
        return next((word for word in self.words if "." in word), None)

    @property
    def now(self) -> bool:
        """Whether its file is as shown only from here on."""
        return "now" in self.words

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """The blocks of a page in their order."""
    text = text_of(page)
    found = []
    for match in _FENCE.finditer(text):
        kind, *words = match["info"].split() or [""]
        shown = _OUTPUT.match(text, match.end())
        line = text.count("\n", 0, match.start()) + 1
        found.append(Block(page, line, kind, tuple(words), match["text"], shown["text"] if shown else None))
    return found


def blocks_of(*kinds: str) -> list[Block]:
    """The blocks of all pages that are of one of these kinds."""
    return [block for page in PAGES for block in blocks(page) if block.kind in kinds]


def show_files(page: str, folder: Path) -> None:
    """Writes the files of a page that are there from the start."""
    for block in blocks(page):
        if block.name is not None and block.kind != "flow-wrong" and not block.now:
            show_file(block, folder)


def show_file(block: Block, folder: Path) -> None:
    """Writes a file of a page. One that is there already must be as the page shows it, unless it is replaced."""
    file = folder / (block.name or "")
    if "part" in block.words:
        assert is_part(block.text, file.read_text(encoding="utf-8")), f"{block.place} is not what {file.name} says"
    elif file.exists() and not block.now:
        assert block.text == file.read_text(encoding="utf-8"), f"{block.place} is not what {file.name} says"
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")


def is_part(excerpt: str, whole: str) -> bool:
    """Whether the lines of an excerpt are lines of the whole, in the same order; `...` and blank lines don't count."""
    lines = iter(whole.splitlines())
    return all(line in lines for line in excerpt.splitlines() if line.strip() not in ("", "..."))

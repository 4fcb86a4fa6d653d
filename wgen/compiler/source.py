"""The text of one flow file: reading it, and turning offsets into lines and columns."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from wgen.errors import SourceError


class Span(NamedTuple):
    """A piece of a text: offsets of its first character and of the one behind its last."""

    start: int
    end: int


class Source:
    """A flow file's text, without BOM and with LF line ends, ending in a newline.

    `path` is what messages call the file; it need not exist (standard input, tests). `folder` is where types and
    handlers are looked for, `stem` names a flow that has no `@Flow`.
    """

    def __init__(self, text: str, path: str = "<text>") -> None:
        text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        self.text = text if text.endswith("\n") else text + "\n"
        self.path = path
        self._starts: list[int] | None = None

    @classmethod
    def read(cls, path: str | Path) -> Source:
        """Reads a file. Raises SourceError, in the user's words, if it can't be read, or is not UTF-8, name or text."""
        try:
            str(path).rpartition("/")[2].encode()  # it goes into the module and the IR
            with open(path, "rb") as file:  # noqa: PTH123  (twice as fast: there may be thousands)
                data = file.read()
        except FileNotFoundError:
            raise SourceError(f"no such file: {path}") from None
        except OSError as error:
            raise SourceError(f"can't read {path}: {error.strerror}") from None
        except UnicodeEncodeError:
            raise SourceError(f"the name of the file {path} is not UTF-8: rename the file") from None
        try:
            return cls(data.decode("utf-8"), str(path))
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise SourceError(
                f"{path} is not UTF-8: byte 0x{data[error.start]:02x} in line {line}; save the file as UTF-8"
            ) from None

    @cached_property
    def folder(self) -> Path:
        return Path(self.path).parent

    @cached_property
    def name(self) -> str:
        return Path(self.path).name

    @cached_property
    def stem(self) -> str:
        return Path(self.path).stem

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1; columns count characters."""
        starts = self._line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line (from 1), without its end."""
        starts = self._line_starts()
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\n")

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            starts = [0]
            find = self.text.find
            at = find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = find("\n", at + 1)
            if starts[-1] == len(self.text):
                starts.pop()
            self._starts = starts
        return self._starts

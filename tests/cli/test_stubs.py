"""The handlers file: created once, then only added to, where the user's handlers are and in the style of that file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wgen.cli import batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Outcome

GO = "async def go("


def made(folder: Path, wgen: Callable[..., Outcome], handlers: str) -> str:
    """The handlers file of a flow with the task `go`, after `generate --handlers` and a look at what `lint` says."""
    (folder / "a.flow").write_text("@Then go\n", encoding="utf-8")
    file = folder / "a_handlers.py"
    file.write_bytes(handlers.encode())
    assert wgen("generate", "--handlers").code == 0
    assert wgen("generate", "--handlers") == (0, "", "2 unchanged\n")
    assert wgen("lint", "--strict").code == 0
    text = file.read_bytes().decode()
    compile(text.removeprefix("\ufeff"), "a_handlers.py", "exec")
    return text


@pytest.mark.parametrize("indent", ["\t", "  "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_stubs_keep_to_the_style_of_the_users_file(
    folder: Path, wgen: Callable[..., Outcome], indent: str, end: str
) -> None:
    (folder / "a.flow").write_text("@Given (n) as int\n@Then double (n) giving (m) as int\n@Then show (m)\n")
    own = end.join(["class Handlers:", f"{indent}def double_n(self, *, n):", f"{indent}{indent}return 2 * n", ""])
    file = folder / "a_handlers.py"
    file.write_bytes(own.encode())
    assert wgen("generate", "--handlers", "a.flow").code == 0
    text = file.read_bytes().decode()
    assert text.startswith(own)
    assert text.count("\r\n") == (text.count("\n") if end == "\r\n" else 0)
    names: dict[str, Any] = {}
    exec(compile(text, "a_handlers.py", "exec"), names)
    assert {"double_n", "show_m"} <= set(vars(names["Handlers"]))


def test_stubs_go_where_the_handlers_are(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "a.flow").write_text("@Then go\n@Then stop\n")
    (folder / "handlers.py").write_text("def go():\n    return None\n")
    assert wgen("generate", "--handlers", "a.flow").code == 0
    assert not (folder / "a_handlers.py").exists()
    assert "async def stop(" in (folder / "handlers.py").read_text()


def test_a_class_on_one_line_is_left_alone(folder: Path, wgen: Callable[..., Outcome]) -> None:
    (folder / "a.flow").write_text("@Then go\n")
    (folder / "a_handlers.py").write_text("class Handlers: pass\n")
    told = wgen("generate", "--handlers", "a.flow")
    assert told.code == 2
    assert "line 1: `class Handlers` stands on one line; give its body lines of its own" in told.err
    assert (folder / "a_handlers.py").read_text() == "class Handlers: pass\n"


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ("class Handlers:\n    def stop(self): pass\n    # to do: more\n\n", "# the end\nX = 1"),
        ("class Handlers:\n    def stop(self):\n        pass\n        # a last word\n\n    # and one more\n", ""),
        ('class Handlers:\n    X = "a\x0cb\u2028c\x85d"\n\n    def stop(self): return """e\nf"""; y = 1\n', "X = 1\n"),
        ("\ufeffclass Handlers:\r\n    def stop(self): pass\r\n", "\r\nX = 1\r\n"),
        ("if True:\n    class Handlers:\n        def stop(self): pass\n", "else:\n    X = 1\n"),
        ("def go():\n    'no handler, for there is a class'\n\nclass Handlers:\n    'none yet'\n", "\ngo()\n"),
    ],
)
def test_a_stub_goes_behind_all_of_the_class(
    folder: Path, wgen: Callable[..., Outcome], before: str, behind: str
) -> None:
    text = made(folder, wgen, before + behind)
    assert text.startswith(before)
    assert text.endswith(behind)
    assert GO in text[len(before) : len(text) - len(behind)]


@pytest.mark.parametrize(
    "handlers",
    [
        "from functools import partial\n\nclass Handlers:\n    go = staticmethod(partial(print, 1))\n",
        "go = lambda: None\n",
        "from more import go\n",
        "from more import *\n",
        "from more import More\n\nclass Handlers(More):\n    def stop(self): pass\n",
        "from more import More as Handlers\n",
        "import elsewhere\n\nclass Handlers(elsewhere.Everything):\n    pass\n",
        "class Handlers(Loop):\n    def go(self): pass\n\nclass Loop(Handlers): pass\n",
    ],
)
def test_a_handler_that_is_there_in_another_form_is_not_hidden(
    folder: Path, wgen: Callable[..., Outcome], handlers: str
) -> None:
    (folder / "more.py").write_text("def go(): pass\n\nclass More:\n    def go(self): pass\n")
    assert made(folder, wgen, handlers) == handlers


def test_a_protocol_is_no_handler(folder: Path, wgen: Callable[..., Outcome]) -> None:
    handlers = "from a_flow import Handlers as Wanted\n\nclass Handlers(Wanted):\n    def stop(self): pass\n"
    (folder / "a.flow").write_text("@Then go\n")
    wgen("generate")
    assert GO in made(folder, wgen, handlers)


@pytest.mark.parametrize("handlers", ["", "\n\n", "\ufeff"])
def test_an_empty_file_gets_all_of_a_new_one(folder: Path, wgen: Callable[..., Outcome], handlers: str) -> None:
    assert "class Handlers:\n" in made(folder, wgen, handlers)


@pytest.mark.parametrize(
    ("handlers", "said"),
    [
        (b"def go(:\n", "a_handlers.py is left as it is: it is no valid Python, line 1: invalid syntax"),
        (b"# caf\xe9\ndef go(): pass\n", "a_handlers.py is left as it is: it is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_added_to_is_left_alone(
    folder: Path, wgen: Callable[..., Outcome], handlers: bytes, said: str
) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.flow").write_text("@Then go\n")
    (folder / "a_handlers.py").write_bytes(handlers)
    code, out, err = wgen("generate", "--handlers")
    assert (code, err) == (2, f"wgen: {said}\n1 refused\n")
    assert out.splitlines() == ["wrote a_flow.py", "wrote b_flow.py", "wrote b_handlers.py"]
    assert (folder / "a_handlers.py").read_bytes() == handlers


def test_flows_that_share_a_file_all_find_their_place_in_it(
    folder: Path, wgen: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_processors", lambda: 2)
    monkeypatch.setattr(batch, "_WORTH_A_PROCESS", 4)
    (folder / "handlers.py").write_text("# mine\n")
    names = [f"do_{number:02}" for number in range(24)]
    for name in names:
        (folder / f"{name}.flow").write_text(f"@Then {name}\n")
    assert wgen("generate", "--handlers").code == 0
    assert [name for name in names if f"async def {name}()" not in (folder / "handlers.py").read_text()] == []

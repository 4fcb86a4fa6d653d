"""What `generate` remembers: unchanged flows are not compiled, and whatever decides the output is noticed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wgen.cli import batch
from wgen.cli.manifest import _state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

UNCHANGED = (0, "", "1 unchanged\n")
MODELS = "from dataclasses import dataclass\n\n\n@dataclass\nclass Order:\n    total: int\n"
TYPED = "@Given (order) as Order\n@Then pay using (order - total)\n"


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("WGEN_CACHE_DIR", str(place))
    return place


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are compiled."""
    names: list[str] = []
    real = batch.compile_file

    def noted(file: str, *, color: bool, handlers: bool) -> batch.Compiled:
        names.append(file)
        return real(file, color=color, handlers=handlers)

    monkeypatch.setattr(batch, "compile_file", noted)
    return names


def write(path: Path, text: str) -> None:
    """A file as an editor leaves it some time before the command begins."""
    path.write_text(text, encoding="utf-8")
    past = time.time() - 10
    os.utime(path, (past, past))


def test_an_unchanged_flow_is_not_compiled_again(
    folder: Path, wgen: Callable[..., Outcome], compiled: list[str]
) -> None:
    write(folder / "pay.flow", "@Then pay\n")
    assert wgen("generate").out == "wrote pay_flow.py\n"
    assert wgen("generate") == UNCHANGED
    assert wgen("generate", "--check") == UNCHANGED
    assert wgen("generate", "--diff") == UNCHANGED
    assert compiled == ["pay.flow"]


def test_what_decides_the_output_is_noticed(folder: Path, wgen: Callable[..., Outcome], compiled: list[str]) -> None:
    write(folder / "pay.flow", TYPED)
    write(folder / "models.py", MODELS)
    wgen("generate")
    changes = {
        "models.py": MODELS.replace("int", "str"),
        "__init__.py": "",
        "wgen.toml": 'timezone = "Europe/Berlin"\n',
        "pay_handlers.py": "def pay(*, total):\n    pass\n",
        "pay.flow": TYPED + "@Then thank\n",
    }
    for name, text in changes.items():
        assert wgen("generate").err == "1 unchanged\n"
        compiled.clear()
        write(folder / name, text)
        from wgen.cli.config import config_of

        config_of.cache_clear()
        wgen("generate")
        assert compiled == ["pay.flow"], name


def test_an_output_that_was_touched_is_written_anew(
    folder: Path, wgen: Callable[..., Outcome], compiled: list[str]
) -> None:
    write(folder / "pay.flow", "@Then pay\n")
    wgen("generate")
    output = folder / "pay_flow.py"
    good = output.read_bytes()
    write(output, good.decode() + "# by hand\n")
    assert wgen("generate", "--check").code == 1
    assert wgen("generate").out == "wrote pay_flow.py\n"
    assert output.read_bytes() == good
    output.unlink()
    assert wgen("generate").out == "wrote pay_flow.py\n"
    compiled.clear()
    output.write_bytes(good.replace(b"\n", b"\r\n"))
    assert wgen("generate") == UNCHANGED
    assert compiled == []


def test_a_change_that_keeps_size_and_time_is_noticed(folder: Path, wgen: Callable[..., Outcome]) -> None:
    flow = folder / "pay.flow"
    write(flow, "@Then pay\n")
    wgen("generate")
    before = flow.stat()
    flow.write_text("@Then buy\n")
    os.utime(flow, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert wgen("generate").out == "wrote pay_flow.py\n"


def test_findings_are_told_each_time(folder: Path, wgen: Callable[..., Outcome], compiled: list[str]) -> None:
    write(folder / "pay.flow", "@Then pay\n")
    write(folder / "handlers.py", "def other():\n    pass\n")
    for _ in range(2):
        assert "missing-handler" in wgen("generate").err
    write(folder / "broken.flow", "@Then pay using (nothing known)\n")
    for _ in range(2):
        assert "unknown-value" in wgen("generate").err
    assert compiled == ["pay.flow"] * 2 + ["broken.flow", "pay.flow"] * 2


@pytest.mark.parametrize("spoiled", [b"", b"[]", b'{"flows": 3}', b"\xff", b'{"flows": {"x": ["a", 1]}}'])
def test_a_spoiled_memory_is_none(
    spoiled: bytes, folder: Path, cache: Path, wgen: Callable[..., Outcome], compiled: list[str]
) -> None:
    write(folder / "pay.flow", "@Then pay\n")
    wgen("generate")
    (kept,) = cache.glob("generated-*.json")
    kept.write_bytes(spoiled)
    assert wgen("generate") == UNCHANGED
    assert wgen("generate") == UNCHANGED
    assert compiled == ["pay.flow"] * 2


def test_the_memory_of_another_compiler_is_none(
    folder: Path, cache: Path, wgen: Callable[..., Outcome], compiled: list[str]
) -> None:
    write(folder / "pay.flow", "@Then pay\n")
    wgen("generate")
    (kept,) = cache.glob("generated-*.json")
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"compiler": "older"}))
    wgen("generate")
    assert compiled == ["pay.flow"] * 2


def test_a_folder_stands_for_the_flows_in_it(folder: Path) -> None:
    first = _state(str(folder))
    write(folder / "notes.txt", "no flow")
    assert _state(str(folder)) == first
    write(folder / "pay.flow", "@Then pay\n")
    assert _state(str(folder)) != first


def test_many_flows_give_the_same_in_several_processes(
    folder: Path, wgen: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"pay_{number:02}" for number in range(12)]
    for name in names:
        write(folder / f"{name}.flow", f"@Then {name}\n")
    write(folder / "pay_05.flow", "@Then pay using (nothing known)\n")
    write(folder / "pay_07_flow.py", "# mine\n")
    alone = wgen("generate", "--diff")
    monkeypatch.setattr(batch, "_processors", lambda: 2)
    monkeypatch.setattr(batch, "_WORTH_A_PROCESS", 4)
    assert wgen("generate", "--diff") == alone
    outcome = wgen("generate")
    assert outcome.code == 2
    assert outcome.out == "".join(f"wrote {name}_flow.py\n" for name in names if name not in ("pay_05", "pay_07"))


def test_a_file_that_cannot_be_read_ends_it_in_several_processes_too(
    folder: Path, wgen: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_processors", lambda: 2)
    monkeypatch.setattr(batch, "_WORTH_A_PROCESS", 2)
    for number in range(6):
        write(folder / f"pay_{number}.flow", "@Then pay\n")
    (folder / "pay_3.flow").write_bytes(b"\xff")
    outcome = wgen("generate")
    assert outcome.code == 2
    assert outcome.err.startswith("wgen: pay_3.flow is not UTF-8")

"""Settings: from the nearest file, the environment, and what is off about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wgen.cli.config import Config, config_of
from wgen.cli.options import kept_unmatched
from wgen.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    config_of.cache_clear()
    for name in Config._fields:
        monkeypatch.delenv(f"WGEN_{name.upper()}", raising=False)


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert config_of(str(tmp_path)) == Config(store="sqlite:///wgen.db", lease="10s", timezone="UTC")


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.wgen]\ntypes = "shop.models"\n')
    assert config_of(str(inner)).types == "shop.models"
    (tmp_path / "a" / "wgen.toml").write_text('timezone = "Europe/Berlin"\n')
    config_of.cache_clear()
    assert config_of(str(inner)) == Config(timezone="Europe/Berlin")


def test_a_pyproject_of_others_is_passed_over(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "wgen.toml").write_text('store = "sqlite:///outer.db"\n')
    (inner / "pyproject.toml").write_text('[tool.other]\nname = "x"\n')
    assert config_of(str(inner)).store == "sqlite:///outer.db"


def test_the_environment_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wgen.toml").write_text('store = "sqlite:///file.db"\nignore = ["WG4"]\n')
    monkeypatch.setenv("WGEN_STORE", "memory://")
    monkeypatch.setenv("WGEN_SELECT", "WG1, unknown-value")
    assert config_of(str(tmp_path)) == Config(store="memory://", select=("WG1", "unknown-value"), ignore=("WG4",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stor = 'x'\n", "no setting 'stor'; it knows types, timezone, store, lease, unmatched, select, ignore"),
        ("store = 5\n", "store must be a text"),
        ("ignore = 'WG1'\n", "ignore must be a list of texts"),
        ("store =\n", "is not valid TOML"),
    ],
)
def test_what_is_off_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "wgen.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        config_of(str(tmp_path))
    assert said in str(caught.value)
    assert str(tmp_path / "wgen.toml") in str(caught.value)


def test_how_long_unmatched_events_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert kept_unmatched() == 86400.0
    for name, text in (("a", "2 hours"), ("b", "soon")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "wgen.toml").write_text(f'unmatched = "{text}"\n')
    monkeypatch.chdir(tmp_path / "a")
    assert kept_unmatched() == 7200.0
    monkeypatch.chdir(tmp_path / "b")
    with pytest.raises(UsageError, match="the setting unmatched: 'soon' is not a duration; write it like 10s"):
        kept_unmatched()


def test_a_zone_that_does_not_exist_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WGEN_TIMEZONE", "Mars/Base")
    with pytest.raises(UsageError, match="timezone: there is no zone 'Mars/Base'; write it like Europe/Berlin"):
        config_of(str(tmp_path))

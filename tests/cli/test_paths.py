"""Which files a pattern names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wgen.cli.ignored import repository_of
from wgen.cli.paths import find, find_flows, one_flow_file, start_of
from wgen.errors import UsageError


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with flows in many places, and the current folder in it."""
    for name in (
        "top.flow",
        "shop/order.flow",
        "shop/order_flow.py",
        "shop/deep/return.flow",
        ".hidden/no.flow",
        "_private/no.flow",
        "node_modules/no.flow",
        "env/pyvenv.cfg",
        "env/no.flow",
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    monkeypatch.chdir(tmp_path)
    repository_of.cache_clear()
    return tmp_path


def names(*patterns: str) -> list[str]:
    return [file.as_posix() for file in find_flows(patterns)]


@pytest.mark.parametrize("pattern", ["./...", "...", "."])
def test_everything_below_but_what_is_skipped(pattern: str) -> None:
    assert names(pattern) == ["shop/deep/return.flow", "shop/order.flow", "top.flow"]


@pytest.mark.parametrize("pattern", ["shop", "shop/", "shop/...", "./shop/...", "shop/**/*.flow"])
def test_a_folder_and_all_below_it(pattern: str) -> None:
    assert names(pattern) == ["shop/deep/return.flow", "shop/order.flow"]


def test_a_glob_skips_what_folders_skip() -> None:
    assert names("*/*.flow") == ["shop/order.flow"]
    assert names("_private/*.flow") == ["_private/no.flow"]


def test_a_file_that_is_named_is_taken_wherever_it_is() -> None:
    assert names("node_modules/no.flow", ".hidden/no.flow") == [".hidden/no.flow", "node_modules/no.flow"]


def test_each_file_comes_once() -> None:
    assert names("top.flow", "./...", "shop/../top.flow", "shop/order.flow").count("top.flow") == 1
    assert len(names("top.flow", "./...", "shop/../top.flow")) == 3


def test_a_name_with_glob_signs_is_first_a_name(tree: Path) -> None:
    (tree / "a[1].flow").write_text("")
    assert names("a[1].flow") == ["a[1].flow"]


def test_a_loop_of_links_ends(tree: Path) -> None:
    (tree / "shop" / "again").symlink_to(tree, target_is_directory=True)
    assert names("shop") == ["shop/deep/return.flow", "shop/order.flow"]


def test_a_link_that_is_named_is_followed(tree: Path) -> None:
    (tree / "link").symlink_to(tree / "shop", target_is_directory=True)
    assert names("link") == ["link/deep/return.flow", "link/order.flow"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("nowhere", "no such file or folder: nowhere"),
        ("nowhere/...", "no such folder: nowhere/..."),
        ("*.nothing", "no flow file (*.flow) in *.nothing"),
        ("shop/order_flow.py", "shop/order_flow.py is not a flow file: its name must end in .flow"),
    ],
)
def test_a_pattern_without_flows_is_an_error_that_names_it(pattern: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_flows([pattern])
    assert str(caught.value) == said


def test_an_empty_folder_is_an_error(tree: Path) -> None:
    (tree / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no flow file \(\*\.flow\) in empty"):
        find_flows(["top.flow", "empty"])


def test_generated_files_are_found_beside() -> None:
    assert find(["shop"]).outputs == ("shop/order_flow.py",)


def test_what_git_ignores_is_skipped_unless_tracked_or_named(tree: Path) -> None:
    (tree / ".gitignore").write_text("deep/\ntop.flow\n")
    subprocess.run(["git", "init", "-q", str(tree)], check=True)
    repository_of.cache_clear()
    assert names("./...") == ["shop/order.flow"]
    assert names("top.flow") == ["top.flow"]
    subprocess.run(["git", "-C", str(tree), "add", "-f", "top.flow"], check=True)
    assert names("./...") == ["shop/order.flow", "top.flow"]


def test_an_output_is_ignored_as_its_flow_is(tree: Path) -> None:
    (tree / ".gitignore").write_text("deep/\n*_flow.py\n")
    (tree / "shop" / "deep" / "return_flow.py").write_text("")
    subprocess.run(["git", "init", "-q", str(tree)], check=True)
    repository_of.cache_clear()
    assert find(["./..."]).outputs == ("shop/order_flow.py",)


def test_hidden_files_are_no_flows(tree: Path) -> None:
    (tree / "shop" / ".#order.flow").symlink_to("somebody@somewhere")
    (tree / "shop" / "._order.flow").write_bytes(b"\0\5\x16\7")
    assert names("shop") == ["shop/deep/return.flow", "shop/order.flow"]
    assert one_flow_file("shop") == Path("shop/order.flow")


@pytest.mark.parametrize(
    ("pattern", "start"),
    [
        ("./...", "./"),
        ("shop/...", "shop/"),
        ("shop", "shop"),
        ("shop/**/*.flow", "shop"),
        ("*.flow", "."),
        ("top.flow", "top.flow"),
    ],
)
def test_where_a_search_begins(pattern: str, start: str) -> None:
    assert start_of(pattern) == start


def test_without_git_nothing_is_ignored(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / ".gitignore").write_text("top.flow\n")
    (tree / ".git").mkdir()
    assert "top.flow" in names("./...")  # no repository, though it looks like one
    monkeypatch.setenv("PATH", "")
    assert "top.flow" in names("./...")


def test_the_only_flow_of_a_folder() -> None:
    assert one_flow_file("shop") == Path("shop/order.flow")
    with pytest.raises(UsageError, match="no such file or folder: nowhere"):
        one_flow_file("nowhere")


def test_a_folder_with_several_flows_is_an_error_that_names_them(tree: Path) -> None:
    (tree / "shop" / "claim.flow").write_text("")
    with pytest.raises(UsageError, match=r"shop holds several flow files, name one: claim\.flow, order\.flow"):
        one_flow_file("shop")

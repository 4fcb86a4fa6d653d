"""`wgen init` and `wgen new`: a first project, and one more flow."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from wgen.cli.config import config_for
from wgen.cli.options import examples
from wgen.cli.outputs import handlers_change, module_change
from wgen.cli.writing import write
from wgen.compiler.compile import check
from wgen.compiler.data import data_folder
from wgen.compiler.names import python_name
from wgen.compiler.source import Source
from wgen.errors import UsageError

# Where each file of the first project goes.
_FILES = {
    "wgen.toml": "wgen.toml",
    "welcome.flow": "flows/welcome.flow",
    "models.py": "flows/models.py",
    "welcome_handlers.py": "flows/welcome_handlers.py",
    "wgen.yml": ".github/workflows/wgen.yml",
}
_PACKAGE = "flows/__init__.py"
_INPUT = '{"customer": {"name": "Ada", "email": "ada@example.org", "company": "Engines"}}'


@click.command(epilog=examples("wgen init", "wgen init shop"))
@click.argument("folder", metavar="[DIR]", default=".")
def init(folder: str) -> None:
    """Start a project: settings, a first flow with its types and handlers, a check for CI."""
    root = Path(folder)
    written = {root / to: _template(name) for name, to in _FILES.items()}
    written[root / _PACKAGE] = '"""The flows of this project, their types and their handlers."""\n'
    generated = root / "flows" / "welcome_flow.py"
    _refuse_existing([*written, generated])
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, text)
    _generate(root / "flows" / "welcome.flow")
    for path in sorted([*written, generated]):
        click.echo(f"wrote {path}")
    click.echo("\nNow try:")
    if folder != ".":
        click.echo(f"  cd {shlex.quote(folder)}")
    click.echo("  wgen lint")
    click.echo(f"  wgen run flows/welcome.flow --input '{_INPUT}'")


@click.command(epilog=examples("wgen new invoice", 'wgen new "close the month" --dir accounting'))
@click.argument("name")
@click.option("--dir", "folder", metavar="DIR", help="Where to put it; by default flows/ if there is one.")
def new(name: str, folder: str | None) -> None:
    """Add a flow, its generated module and its handlers file."""
    stem = python_name(name.removesuffix(".flow"))
    if not stem:
        raise UsageError(f"{name!r} holds neither letter nor digit, so no file can be called after it")
    place = Path(folder) if folder else Path("flows") if Path("flows").is_dir() else Path()
    flow = place / f"{stem}.flow"
    _refuse_existing([flow, place / f"{stem}_flow.py", place / f"{stem}_handlers.py"])
    place.mkdir(parents=True, exist_ok=True)
    write(flow, _template("new.flow"))
    for path in (flow, *_generate(flow)):
        click.echo(f"wrote {path}")


def _template(name: str) -> str:
    return Path(data_folder("templates"), "project", name).read_text(encoding="utf-8")


def _refuse_existing(paths: list[Path]) -> None:
    existing = [str(path) for path in paths if path.exists()]
    if existing:
        raise UsageError(f"nothing was written, for there is already {', '.join(existing)}")


def _generate(flow: Path) -> list[Path]:
    """Writes the generated module, and the handlers file where there is none."""
    checked = check(Source.read(flow), config_for(flow).compiler)
    changes = [module_change(flow, checked)]
    if not flow.with_name(f"{flow.stem}_handlers.py").exists():
        changes.append(handlers_change(flow, checked))
    for change in changes:
        write(change.path, change.after or "")
    return [change.path for change in changes]

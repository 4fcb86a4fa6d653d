"""`wgen rule`: what a rule is about, with a wrong and a right example."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from wgen.cli.options import examples
from wgen.errors import UsageError

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Rule


@click.command(epilog=examples("wgen rule", "wgen rule unknown-value"))
@click.argument("name", metavar="[CODE|NAME]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else on standard output.")
def rule(name: str | None, as_json: bool) -> None:
    """Explain a rule, or list them all."""
    from wgen.compiler.catalogue import all_rules

    if name is None:
        rules = all_rules()
        click.echo(_json([entry._asdict() for entry in rules]) if as_json else "\n".join(map(_line, rules)))
        return
    found = _named(name)
    click.echo(_json(_as_dict(found)) if as_json else _long_text(found))


def _json(data: object) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


def _named(name: str) -> Rule:
    from wgen.compiler.catalogue import closest_rule, find_rule

    found = find_rule(name)
    if found is None:
        meant = closest_rule(name)
        hint = f"did you mean {meant.name}?" if meant else "`wgen rule` lists them all"
        raise UsageError(f"no rule is called {name!r}; {hint}")
    return found


def _line(entry: Rule) -> str:
    return f"{entry.code}  {entry.severity:<7}  {entry.name:<22}  {entry.about}"


def _as_dict(entry: Rule) -> dict[str, Any]:
    from wgen.compiler.catalogue import page_of

    return {**entry._asdict(), **page_of(entry)._asdict()}


def _long_text(entry: Rule) -> str:
    from wgen.compiler.catalogue import page_of

    page = page_of(entry)
    parts = [f"{entry.code} {entry.name} ({entry.severity}): {entry.about}", page.text]
    parts += [_example("Wrong", page.wrong), _example("Right", page.right)]
    return "\n\n".join([*parts, *(_example(f"With {name}", text) for name, text in page.files.items())])


def _example(title: str, text: str) -> str:
    return f"{title}:\n\n{textwrap.indent(text, '    ').rstrip()}"

"""All rules of the compiler, and the page of each: what it is about, a wrong and a right example."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import wgen.compiler.rules
from wgen.compiler.diagnostics import Rule
from wgen.compiler.names import edit_distance

_PAGES = Path(__file__).with_name("pages")
_BLOCK = re.compile(r"^```\w+ (?P<name>[\w.]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def all_rules() -> list[Rule]:
    """Every rule of the compiler, by code."""
    package = wgen.compiler.rules
    modules = [import_module(f"{package.__name__}.{entry.name}") for entry in pkgutil.iter_modules(package.__path__)]
    rules = {entry for module in modules for entry in vars(module).values() if isinstance(entry, Rule)}
    return sorted(rules)


def find_rule(word: str) -> Rule | None:
    """The rule of a code or a name."""
    return next((rule for rule in all_rules() if word.upper() == rule.code or word.lower() == rule.name), None)


def closest_rule(word: str) -> Rule | None:
    """The rule whose name is nearly this word."""
    near = [(edit_distance(word.lower(), rule.name, 3), rule) for rule in all_rules()]
    distance, rule = min(near)
    return rule if distance <= 3 else None


class Page(NamedTuple):
    """The long text of a rule, a flow that breaks it, one that does not, and the files that stand beside both."""

    text: str
    wrong: str
    right: str
    files: dict[str, str]


def page_of(rule: Rule) -> Page:
    """The page of a rule."""
    written = (_PAGES / f"{rule.code}.md").read_text(encoding="utf-8")
    blocks = {match["name"]: match["text"] for match in _BLOCK.finditer(written)}
    text = written[: written.index("```")].strip()
    return Page(text, blocks.pop("wrong"), blocks.pop("right"), blocks)

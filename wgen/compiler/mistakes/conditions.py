"""Conditions that can't be read: signs of other languages, words that are nearly right, sides swapped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wgen.compiler.rules import syntax as rules

if TYPE_CHECKING:
    from wgen.compiler.diagnostics import Diagnostic
    from wgen.compiler.mistakes.broken import Broken

_WITH_CONDITION = frozenset({"when", "or", "repeat", "condition"})
_WHERE = re.compile(r"(?<!\w)where[ \t]", re.IGNORECASE)
_SIGNS = {
    "===": "is", "==": "is", "=": "is", "!==": "is not", "!=": "is not", "<>": "is not", "≠": "is not",
    ">=": "is at least", "=>": "is at least", "≥": "is at least", "<=": "is at most", "=<": "is at most",
    "≤": "is at most", ">": "is more than", "<": "is less than", "&&": "and", "&": "and", "||": "or", "|": "or",
}  # fmt: skip
_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True)))
_BANG = re.compile(r"![ \t]*(?=\()")
_NEARLY = (
    (r"is[ \t]+(not[ \t]+)?(?:more|greater|bigger|larger|higher)[ \t]+(?:then|than)", "is {}more than"),
    (r"is[ \t]+(not[ \t]+)?(?:less|smaller|lower|fewer)[ \t]+(?:then|than)", "is {}less than"),
    (r"is[ \t]+(not[ \t]+)?(?:above|over|exceeding)", "is {}more than"),
    (r"is[ \t]+(not[ \t]+)?(?:below|under)", "is {}less than"),
    (r"is[ \t]+(not[ \t]+)?equals?(?:[ \t]+to)?", "is {}"),
    (r"is[ \t]+(not[ \t]+)?(?:in|any[ \t]+of|among)", "is {}one of"),
    (r"is[ \t]+(not[ \t]+)?(?:null|none|nil|undefined)", "is {}missing"),
    (r"is[ \t]+(not[ \t]+)?(?:present|set|defined)", "is {}given"),
    (r"()(?:equals?|are)(?:[ \t]+to)?", "is"),
    (r"()(?:isn['’]t|doesn['’]t[ \t]+equal|does[ \t]+not[ \t]+equal|aren['’]t)", "is not"),
    (r"()(?:includes|has)", "contains"),
    (r"()(?:begins|start)[ \t]+with", "starts with"),
)
_LITERAL = re.compile(r'"[^"\n]*"|-?[0-9]+(?:\.[0-9]+)?%?|(?:true|false|yes|no)(?!\w)', re.IGNORECASE)
_SWAPPED = re.compile(
    r'("[^"\n]*"|-?[0-9]+(?:\.[0-9]+)?%?|true|false|yes|no)[ \t]+is[ \t]+(\([^()\n]+\))[ \t]*$', re.IGNORECASE
)
_VALUE_BEFORE = re.compile(r"\)[ \t]*$")
_JOINT_BEFORE = re.compile(r"(?<!\w)(?:and|or|not|when|while|until|where|@and)[ \t]*$", re.IGNORECASE)
_HELP = (
    'compare a value with words: (x) is "a" · is not · is more than 3 · is less than · is at least · is at most'
    ' · is before · is after · contains · starts with · ends with · is one of "a", "b" · is empty · is missing'
    " · is given"
)


def _applies(broken: Broken) -> bool:
    return broken.keyword in _WITH_CONDITION or _WHERE.search(broken.before) is not None


def sign(broken: Broken) -> Diagnostic | None:
    """`==`, `>`, `&&`: the words that say it."""
    found = _SIGN.match(broken.rest)
    if found is None:
        bang = _BANG.match(broken.rest)
        return _say(broken, (broken.at, broken.at + bang.end()), "!", "not", "not ") if bang else None
    words = _SIGNS[found.group()]
    span = (broken.at, broken.at + found.end())
    before = "" if broken.before[-1:].isspace() else " "
    behind = "" if broken.code[span[1] : span[1] + 1].isspace() else " "
    return _say(broken, span, found.group(), words, before + words + behind)


def _say(broken: Broken, span: tuple[int, int], sign: str, words: str, text: str) -> Diagnostic:
    return broken.diagnostic(
        rules.BAD_CONDITION,
        f"a condition is said in words, not with {sign}",
        span,
        f"write `{words}`",
        broken.fix("safe", (*span, text)),
    )


def nearly(broken: Broken) -> Diagnostic | None:
    """`is more then`, `is greater than`, `equals`: words next to the right ones."""
    start = broken.before.rfind(")") + 1
    start += len(broken.code[start:]) - len(broken.code[start:].lstrip())
    for pattern, words in _NEARLY:
        found = re.compile(pattern + r"(?!\w)", re.IGNORECASE).match(broken.code, start)
        if found and found.end() > broken.at:
            right = words.format("not " if found[1] else "").strip()
            return broken.diagnostic(
                rules.BAD_CONDITION,
                f'"{found.group()}" is not how a condition is said',
                found.span(),
                f"write `{right}`",
                broken.fix("safe", (*found.span(), right)),
            )
    return None


def swapped(broken: Broken) -> Diagnostic | None:
    """A literal where the value should stand."""
    literal = _LITERAL.match(broken.rest)
    if literal is None or not _JOINT_BEFORE.search(broken.before):
        return None
    span = (broken.at, broken.at + literal.end())
    joint = broken.before.split()[-1].lower()
    if joint == "or" and _VALUE_BEFORE.search(broken.before) is None and '"' in broken.before:
        help = 'list what it may be: is one of "a", "b"'
        return broken.diagnostic(rules.BAD_CONDITION, f"behind `{joint}` a new comparison begins", span, help)
    turned = _SWAPPED.match(broken.code.rstrip(), broken.at)
    fix = broken.fix("safe", (broken.at, turned.end(), f"{turned[2]} is {turned[1]}")) if turned else None
    return broken.diagnostic(
        rules.BAD_CONDITION,
        "a comparison begins with a value, not with a literal",
        span,
        f"write {turned[2]} is {turned[1]}" if turned else "put the value in brackets first, the literal behind it",
        fix,
    )


def bad_condition(broken: Broken) -> Diagnostic | None:
    word = broken.word_at()
    if not word:
        return broken.diagnostic(rules.BAD_CONDITION, "this condition ends too early", broken.word_span(), _HELP)
    if _JOINT_BEFORE.search(broken.before):
        message = f'a condition compares values in brackets, "{word}" is none'
    else:
        message = f'this condition can\'t be read from "{word}" on'
    return broken.diagnostic(rules.BAD_CONDITION, message, broken.word_span(), _HELP)


def condition(broken: Broken) -> Diagnostic | None:
    """All that is known of conditions, for sentences that have one."""
    if not _applies(broken):
        return None
    return sign(broken) or nearly(broken) or swapped(broken) or bad_condition(broken)

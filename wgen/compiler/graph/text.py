"""How wide a text is in a picture, and where its lines break.

Nobody knows which font a reader has, so widths are those of a wide one (DejaVu Sans).
"""

from __future__ import annotations

import unicodedata
from math import ceil

SIZE = 13
LINE = 17
# Thousandths of the size.
_WIDTHS = {
    sign: width
    for width, signs in (
        (340, "ijlI'|"),
        (420, "ft r.,:;!()[]/\\-´·"),
        (560, 'csz"?*_`'),
        (640, "abdeghknopquvxy0123456789JL$€{}"),
        (780, "ABCDEFGHKNPRSTUVXYZ&"),
        (860, "wOQ+=<>#M^~"),
        (1000, "mW@%—…"),
    )
    for sign in signs
}
_BREAKS = "/.,:;-_@"
_OTHER = 800
_WIDE = 1000


def width(text: str) -> int:
    """How many units a line of text takes, in the widest of usual fonts."""
    return ceil(sum(map(_width, text)) * SIZE / 1000)


def _width(sign: str) -> int:
    if sign in _WIDTHS:
        return _WIDTHS[sign]
    if unicodedata.category(sign) in {"Mn", "Me", "Cf"}:
        return 0
    return _WIDE if unicodedata.east_asian_width(sign) in "WF" else _OTHER


def wrap(text: str, room: int) -> list[str]:
    """The lines of a text, none wider than the room and all about as long as each other.

    Words break only where they are too wide for a line.
    """
    lines = _filled(text, room)
    widest = max(map(width, text.split()), default=0)
    while len(lines) > 1:
        room = max(map(width, lines)) - 1
        tighter = _filled(text, room) if room >= widest else []
        if len(tighter) != len(lines):
            break
        lines = tighter
    return lines


def _filled(text: str, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if width(longer) <= room:
            lines[-1] = longer
        else:
            lines += _pieces(word, room)
    return lines if lines[0] else lines[1:]


def _pieces(word: str, room: int) -> list[str]:
    """A word in parts that fit, broken behind signs where it has some."""
    pieces = [""]
    for sign in word:
        while pieces[-1] and width(pieces[-1] + sign) > room:
            piece = pieces.pop()
            end = max(map(piece.rfind, _BREAKS)) + 1 or len(piece)
            pieces += [piece[:end], piece[end:]]
        pieces[-1] += sign
    return pieces

"""What operators do to a run that nobody executes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wgen.runtime.codec import plain, to_text
from wgen.runtime.life import RunStatus, move
from wgen.runtime.ports import Change, Head, PositionRow

if TYPE_CHECKING:
    from wgen.runtime.history import Entry
    from wgen.runtime.ports import Store, Stored


async def lift_pause(store: Store, stored: Stored, entry: Entry) -> None:
    """Lets a paused run, claimed for this, go on: it is due at once, and lost workers are forgotten."""
    row = stored.row
    change = Change(row.number, row.revision, row.fence, entry.at, _alive(row.position), [entry])
    change.positions = [PositionRow(p.id, p.parent, _alive(p.body)) for p in stored.positions]
    status = move(row.status, RunStatus.PENDING)
    change.head = Head(status, row.word, row.outcome, row.result, None, release=True, due=entry.at, mail=row.mail)
    saved = store.save(change)
    if not isinstance(saved, bool):
        await saved


def _alive(body: bytes) -> bytes:
    """A position whose step no worker has died on."""
    position = plain(body)
    position.pop("deaths", None)
    return to_text(position)

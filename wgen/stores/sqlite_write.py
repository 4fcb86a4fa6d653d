"""Writes runs through a SQLite connection; each function runs inside of a transaction."""

from __future__ import annotations

import json
import sqlite3

from wgen.errors import LostLease, RunIsOpen, WgenError
from wgen.runtime.life import ENDED, RunStatus
from wgen.runtime.rows import (
    Change,
    Created,
    Head,
    NewEvent,
    NewRun,
    RunRow,
    ended_as,
    folded,
    new_status,
    refused_child,
)
from wgen.runtime.signs import child_event
from wgen.stores.sqlite_gates import RUN, ask, come_back, enter, make_room, step_aside
from wgen.stores.sqlite_journal import KNOW, added, empty, is_emptied_by
from wgen.stores.sqlite_mail import keep_event
from wgen.stores.sqlite_read import ENDED_STATUSES, SELECT, as_text, run_row
from wgen.stores.sqlite_waits import begin_waits, end_all_waits, end_wait

_CREATE = """INSERT INTO runs
(id, flow, version, digest, "key", status, position, created_at, updated_at, owner, due, parent, depth, error, trace,
journal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_OPEN = SELECT + f'WHERE flow = ? AND "key" = ? AND status NOT IN {ENDED_STATUSES}'
STEP = """UPDATE runs SET revision = revision + ?, position = ?, updated_at = ?, journal = journal || ?
WHERE number = ? AND revision = ? AND fence = ?"""
_HOLD = """UPDATE runs SET revision = revision + 1, position = ?, updated_at = ?, journal = journal || ?, status = ?,
word = ?, outcome = ?, result = ?, error = ? WHERE number = ? AND revision = ? AND fence = ?"""
_LET_GO = """UPDATE runs SET revision = revision + 1, position = ?, updated_at = ?, journal = journal || ?, status = ?,
word = ?, outcome = ?, result = ?, error = ?, owner = NULL, due = CASE WHEN ? = 'pending' AND EXISTS (
  SELECT 1 FROM gates WHERE gates.run = runs.number AND place = -1 AND inside <> 1) THEN NULL ELSE ? END
WHERE number = ? AND revision = ? AND fence = ? AND mail = ?"""
_NOTE = "UPDATE runs SET journal = journal || ? WHERE number = ? AND revision = ? AND fence = ?"
_LOST = "another worker executes the run now, or somebody changed it: this save is dropped"
_REACH = """INSERT INTO words VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last = excluded.last"""
_IS_NEW = """SELECT flow, EXISTS (SELECT 1 FROM words WHERE run = number AND words.word = ?) FROM runs
WHERE number = ?"""
_HANGS = """SELECT id, parent, EXISTS (SELECT 1 FROM waits WHERE run = runs.number),
EXISTS (SELECT 1 FROM watches WHERE run = runs.number), EXISTS (SELECT 1 FROM gates WHERE run = runs.number)
FROM runs WHERE number = ?"""
_TAKE_UNDOS = "UPDATE undos SET run = ?, scope = 0 WHERE run = (SELECT number FROM runs WHERE id = ?)"
_STARTS = "SELECT starts FROM connections WHERE flow = ? AND word = ?"
_WATCHERS = """SELECT waiting.id, watches.event FROM runs AS reaching
JOIN watches ON watches.flow = reaching.flow AND (watches."key" IS NULL OR watches."key" = reaching."key")
JOIN runs AS waiting ON waiting.number = watches.run WHERE reaching.number = ? AND watches.word = ?"""
_REACHED = """SELECT 1 FROM words JOIN runs ON runs.number = words.run
WHERE words.word = ? AND words.last >= ? AND runs.flow = ? AND (? IS NULL OR runs."key" = ?) LIMIT 1"""


def create_run(db: sqlite3.Connection, new: NewRun) -> Created:
    lease = new.lease
    status = new_status(new)
    owner: str | None = None if lease is None else lease.owner
    due: float | None = new.at if lease is None else lease.until
    lines, long = added(new.entries, new.values)
    made = (
        new.id,
        new.flow,
        new.version,
        new.digest,
        new.key,
        status,
        new.position.decode(),
        new.at,
        new.at,
        owner,
        due,
        new.parent,
        new.depth,
        as_text(new.error),
        new.trace,
        lines,
    )
    cursor = db.execute(_CREATE, made)
    if cursor.rowcount == 0:
        return Created(run_row(db.execute(_OPEN, (new.flow, new.key)).fetchone()), created=False)
    number = cursor.lastrowid or 0
    if new.undoes is not None:
        db.execute(_TAKE_UNDOS, (number, new.undoes))
    if new.gates:
        status, owner, due = _pass_gates(db, number, new)
    db.executemany(KNOW, [(number, *value) for value in long])
    row = RunRow(
        number, new.id, new.flow, new.version, new.digest, new.key, status, new.position, new.at, new.at,
        owner=owner, due=due, parent=new.parent, depth=new.depth, error=new.error, trace=new.trace,
    )  # fmt: skip
    return Created(row, created=True)


def _pass_gates(db: sqlite3.Connection, number: int, new: NewRun) -> tuple[RunStatus, str | None, float | None]:
    """A limited run begins at once, at a later time, or when there is room."""
    begin = enter(db, number, RUN, new.gates, new.at)
    if begin == new.at:
        lease = new.lease
        return (RunStatus.PENDING, None, new.at) if lease is None else (RunStatus.RUNNING, *lease)
    db.execute("UPDATE runs SET status = 'pending', owner = NULL, due = ? WHERE number = ?", (begin, number))
    return RunStatus.PENDING, None, begin


def save_change(db: sqlite3.Connection, change: Change) -> bool:
    if not (change.left or change.asks or change.opened or change.closed):
        return _save(db, change, gathers=False)
    db.execute("SAVEPOINT change")
    try:
        saved = _save(db, change, gathers=True)
    except WgenError:  # what was gathered by then is not kept either
        db.execute("ROLLBACK TO change")
        db.execute("RELEASE change")
        raise
    db.execute("RELEASE change")
    return saved


def _save(db: sqlite3.Connection, change: Change, *, gathers: bool) -> bool:
    number, head = change.number, change.head
    held = (number, change.revision, change.fence)
    new = added(change.entries, change.values)
    lines, long = new
    if any(scope == 0 for scope, _ in change.dropped):
        empty(db, number)  # else a line that is older than this would bring the value back
    if gathers:
        _gather_mail(db, change, (lines, *held))
        lines = ""
    moved = (change.root.decode(), change.at, lines)
    released = True
    if head is None:
        rows = db.execute(STEP, (change.saves, *moved, *held)).rowcount
    else:
        named = (str(head.status), head.word, head.outcome, as_text(head.result), as_text(head.error))
        rows = 0
        if head.release:
            rows = _let_go(db, (*moved, *named, str(head.status), head.due, *held, head.mail))
            if rows and head.status is RunStatus.PENDING:
                come_back(db, number, change.at, head.due)
        if rows == 0:
            released = not head.release
            rows = db.execute(_HOLD, moved + named + held).rowcount
    if rows == 0:
        raise LostLease(_LOST)
    if change.more:
        _save_rest(db, change)
    if is_emptied_by(change, new):
        empty(db, number)
    if long:
        db.executemany(KNOW, [(number, *value) for value in long])
    if change.more:
        _concern_others(db, change)
    return released


def _let_go(db: sqlite3.Connection, released: tuple[object, ...]) -> int:
    try:
        return db.execute(_LET_GO, released).rowcount
    except sqlite3.IntegrityError:  # of all that must be unique, only an open key can come a second time
        raise RunIsOpen("another run has the key of this one now, and is open") from None


def _gather_mail(db: sqlite3.Connection, change: Change, noted: tuple[str, int, int, int]) -> None:
    """What may bring the run mail is first of all, so that a run that is let in, or gets an event, is not released.

    Attempts leave their gates and ask to pass some; waits end and begin.
    """
    if db.execute(_NOTE, noted).rowcount == 0:  # before the entry of an event which is kept for what is waited for now
        raise LostLease(_LOST)
    _forget_taken(db, change)
    for place in change.left:
        make_room(db, change.number, change.at, place)
    for wanted in change.asks:
        ask(db, change.number, wanted, change.at)
    for over in change.closed:
        end_wait(db, change.number, over, change.at)
    if change.opened:
        begin_waits(db, change.number, change.opened, change.at)


def _save_rest(db: sqlite3.Connection, change: Change) -> None:
    """The parts of a change that most steps do not have."""
    number = change.number
    if change.gone:
        gone = [(number, id) for id in change.gone]
        db.executemany("DELETE FROM positions WHERE run = ? AND id = ?", gone)
        db.executemany("DELETE FROM known WHERE run = ? AND scope = ?", gone)
    for scope, name in change.dropped:
        db.execute("DELETE FROM known WHERE run = ? AND scope = ? AND name = ?", (number, scope, name))
    if change.positions:
        places = [(number, id, parent, body.decode()) for id, parent, body in change.positions]
        db.executemany("INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?)", places)
    for undo, scope, body in change.undos:
        db.execute("INSERT OR REPLACE INTO undos VALUES (?, ?, ?, ?)", (number, undo, scope, body.decode()))
    for undo in change.undone:
        db.execute("DELETE FROM undos WHERE run = ? AND number = ?", (number, undo))
    _forget_taken(db, change)


def _forget_taken(db: sqlite3.Connection, change: Change) -> None:
    for event in change.taken:
        db.execute("DELETE FROM events WHERE run = ? AND number = ?", (change.number, event))


def _concern_others(db: sqlite3.Connection, change: Change) -> None:
    """What a change means for other runs: children begin, words are told, parents hear of the end."""
    for child in change.children:
        if not create_run(db, child).created:
            keep_event(db, refused_child(child))
    for order in change.orders:
        keep_event(db, order)
    for word in change.words:
        _signal(db, change, word)
        db.execute(_REACH, (change.number, word, change.at, change.at))
        for watching, event in db.execute(_WATCHERS, (change.number, word)).fetchall():
            _tell(db, change, watching, event)
    _save_watches(db, change)
    head = change.head
    if head is not None and head.status in ENDED:
        _end(db, change, head)
    elif head is not None and head.status is RunStatus.UNDOING:
        end_all_waits(db, change.number, change.at)
    elif head is not None and head.status is RunStatus.PAUSED:
        step_aside(db, change.number, change.at)


def _end(db: sqlite3.Connection, change: Change, head: Head) -> None:
    """A run has ended: it waits for nothing, and whoever waits for it goes on."""
    number = change.number
    id, parent, waits, watches, gates = db.execute(_HANGS, (number,)).fetchone()
    if waits:
        end_all_waits(db, number, change.at)
    if watches:
        db.execute("DELETE FROM watches WHERE run = ?", (number,))
    if parent is not None:
        _tell(db, change, parent, child_event(id), ended_as(head))
    if gates:
        make_room(db, number, change.at, returns=head.status is RunStatus.FAILED)


def _signal(db: sqlite3.Connection, change: Change, word: str) -> None:
    """A word that starts other flows, and that the run has not reached before."""
    flow, again = db.execute(_IS_NEW, (word, change.number)).fetchone()
    starts = [] if again else db.execute(_STARTS, (folded(flow), word)).fetchall()
    if not starts:
        return
    empty(db, change.number)
    known = db.execute("SELECT name, value FROM known WHERE run = ? AND scope = 0", (change.number,))
    values = json.dumps({name: json.loads(value) for name, value in known if name.isidentifier()}, ensure_ascii=False)
    sql = 'INSERT INTO signals (starts, run, word, "values", trace) VALUES (?, ?, ?, ?, ?)'
    db.executemany(sql, [(*row, change.number, word, values, change.trace) for row in starts])


def _tell(db: sqlite3.Connection, change: Change, run: str, event: str, payload: bytes = b"null") -> None:
    """One run hears of what another does."""
    keep_event(db, NewEvent(run, event, payload, change.at, None, trace=change.trace))


def _save_watches(db: sqlite3.Connection, change: Change) -> None:
    number = change.number
    for event in change.unwatched:
        db.execute("DELETE FROM watches WHERE run = ? AND event = ?", (number, event))
    for watch in change.watches:
        row = (number, watch.event, watch.flow, watch.word, watch.key)
        db.execute("INSERT OR REPLACE INTO watches VALUES (?, ?, ?, ?, ?)", row)
        if db.execute(_REACHED, (watch.word, watch.since, watch.flow, watch.key, watch.key)).fetchone():
            id = db.execute("SELECT id FROM runs WHERE number = ?", (number,)).fetchone()[0]
            _tell(db, change, id, watch.event)


def keep_definition(db: sqlite3.Connection, definition: tuple[str, str]) -> None:
    db.execute("INSERT OR IGNORE INTO definitions VALUES (?, ?)", definition)

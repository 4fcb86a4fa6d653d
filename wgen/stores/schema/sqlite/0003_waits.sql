-- Open waits for events that may come without their run's id. `fields` are what their conditions compare, `key` the
-- values that these have to have; both are empty where only the flow's code can tell. A position that has been given an
-- event needs no other: its waits have no key any more.
CREATE TABLE waits (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL,
  place INTEGER NOT NULL,
  flow TEXT NOT NULL,
  event TEXT NOT NULL,
  fields TEXT NOT NULL,
  "key" TEXT
);

CREATE INDEX waits_run ON waits (run, place);

CREATE INDEX waits_key ON waits (flow, event, fields, "key");

-- What the waits for an event have ever compared: under each of these its payload may be looked for.
CREATE TABLE compared (
  flow TEXT NOT NULL,
  event TEXT NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (flow, event, fields)
) WITHOUT ROWID;

-- Runs that wait already are asked by the flow's code.
INSERT INTO waits (run, place, flow, event, fields, "key")
SELECT runs.number, places.place, runs.flow, json_extract(wait.value, '$.event'), '', '' FROM (
  SELECT number AS run, 0 AS place, position AS body FROM runs UNION ALL SELECT run, id, body FROM positions
) AS places JOIN runs ON runs.number = places.run, json_each(places.body, '$.waits') AS wait
WHERE runs.status NOT IN ('finished', 'failed', 'cancelled', 'undoing')
AND json_extract(wait.value, '$.event') NOT LIKE '%:%' AND json_extract(wait.value, '$.on') IS NOT NULL;

INSERT INTO compared SELECT DISTINCT flow, event, fields FROM waits;

-- Events that were meant for no run when they came, until a time.
CREATE TABLE unmatched (
  number INTEGER PRIMARY KEY,
  flow TEXT NOT NULL,
  event TEXT NOT NULL,
  id TEXT,
  payload TEXT NOT NULL,
  until REAL NOT NULL,
  trace TEXT
);

CREATE INDEX unmatched_event ON unmatched (flow, event);

CREATE INDEX unmatched_until ON unmatched (until);

-- What such an event is found under.
CREATE TABLE unmatched_keys (
  flow TEXT NOT NULL,
  event TEXT NOT NULL,
  fields TEXT NOT NULL,
  "key" TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (flow, event, fields, "key", number)
) WITHOUT ROWID;

CREATE INDEX unmatched_keys_number ON unmatched_keys (number);

-- How many of them were dropped.
CREATE TABLE dropped (
  flow TEXT NOT NULL,
  event TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (flow, event)
) WITHOUT ROWID;

-- The senders' ids of events that came without a run's, until a time, so that none is taken twice.
CREATE TABLE published (
  flow TEXT NOT NULL,
  id TEXT NOT NULL,
  until REAL NOT NULL,
  PRIMARY KEY (flow, id)
) WITHOUT ROWID;

CREATE INDEX published_until ON published (until);

-- Waits that a source is told of. `handled` is whether its event ended the wait, NULL while it is open. `due` is when
-- the source must be told something: the end of the time that whoever tells it has got, while it is `held`.
CREATE TABLE announcements (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL,
  place INTEGER NOT NULL,
  event TEXT NOT NULL,
  source TEXT NOT NULL,
  about TEXT NOT NULL,
  announced INTEGER NOT NULL DEFAULT 0,
  handled INTEGER,
  due REAL,
  held INTEGER NOT NULL DEFAULT 0,
  claims INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0
);

CREATE INDEX announcements_open ON announcements (run, place) WHERE handled IS NULL;

CREATE INDEX announcements_due ON announcements (source, due) WHERE due IS NOT NULL;

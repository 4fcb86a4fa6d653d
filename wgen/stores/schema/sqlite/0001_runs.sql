-- One row for each run. `number` is its key in the other tables; `due` is when somebody must look at it again: the end
-- of its lease while it has an owner, else the time it waits for.
CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  flow TEXT NOT NULL,
  version INTEGER NOT NULL,
  digest TEXT NOT NULL,
  "key" TEXT,
  status TEXT NOT NULL,
  position TEXT NOT NULL,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  word TEXT,
  outcome TEXT,
  result TEXT,
  error TEXT,
  revision INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  mail INTEGER NOT NULL DEFAULT 0,
  owner TEXT,
  due REAL,
  parent TEXT,
  depth INTEGER NOT NULL DEFAULT 0
);

-- At most one open run of a flow per business key.
CREATE UNIQUE INDEX runs_open_key ON runs (flow, "key")
  WHERE "key" IS NOT NULL AND status NOT IN ('finished', 'failed', 'cancelled');

CREATE INDEX runs_due ON runs (flow, due) WHERE due IS NOT NULL;

CREATE INDEX runs_held ON runs (flow, due) WHERE owner IS NOT NULL;

CREATE INDEX runs_key ON runs ("key") WHERE "key" IS NOT NULL;

CREATE INDEX runs_status ON runs (status);

CREATE INDEX runs_parent ON runs (parent) WHERE parent IS NOT NULL;

CREATE INDEX runs_word ON runs (word) WHERE word IS NOT NULL;

-- Where the branches of a run stand; the root position is in the run's own row.
CREATE TABLE positions (
  run INTEGER NOT NULL,
  id INTEGER NOT NULL,
  parent INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run, id)
);

-- What a run knows; `scope` is the id of the position that knows it. Here and below, what may be long is in tables with
-- a rowid: where the key is the row, SQLite reads all of a long row when it looks for its neighbours.
CREATE TABLE known (
  run INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, scope, name)
);

-- Events that no wait has taken yet.
CREATE TABLE events (
  run INTEGER NOT NULL,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  payload TEXT NOT NULL,
  at REAL NOT NULL,
  PRIMARY KEY (run, number)
);

-- The senders' ids of all events that ever came, so that none is taken twice.
CREATE TABLE event_ids (
  run INTEGER NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (run, id)
) WITHOUT ROWID;

-- How the finished steps of a run are undone, the highest number first; `scope` is the position that has to do it.
CREATE TABLE undos (
  run INTEGER NOT NULL,
  number INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (run, number)
);

-- The words that a run has reached: when first, and when last.
CREATE TABLE words (
  run INTEGER NOT NULL,
  word TEXT NOT NULL,
  at REAL NOT NULL,
  last REAL NOT NULL,
  PRIMARY KEY (run, word)
) WITHOUT ROWID;

CREATE INDEX words_word ON words (word, last);

-- Runs that wait until a run of a flow reaches a word; `event` is what they get for it.
CREATE TABLE watches (
  run INTEGER NOT NULL,
  event TEXT NOT NULL,
  flow TEXT NOT NULL,
  word TEXT NOT NULL,
  "key" TEXT,
  PRIMARY KEY (run, event)
) WITHOUT ROWID;

CREATE INDEX watches_word ON watches (flow, word);

CREATE TABLE history (
  run INTEGER NOT NULL,
  number INTEGER NOT NULL,
  at REAL NOT NULL,
  what TEXT NOT NULL,
  step TEXT,
  attempt INTEGER,
  seconds REAL,
  by TEXT,
  reason TEXT,
  error TEXT,
  PRIMARY KEY (run, number)
) WITHOUT ROWID;

-- The slot of a schedule that was taken last, or the time from which its slots count.
CREATE TABLE schedules (
  flow TEXT NOT NULL,
  words TEXT NOT NULL,
  slot REAL NOT NULL,
  PRIMARY KEY (flow, words)
) WITHOUT ROWID;

-- Words of one flow that start runs of another.
CREATE TABLE connections (
  flow TEXT NOT NULL,
  word TEXT NOT NULL,
  starts TEXT NOT NULL,
  PRIMARY KEY (flow, word, starts)
) WITHOUT ROWID;

-- Connected words that were reached, and have not started yet what they start.
CREATE TABLE signals (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  starts TEXT NOT NULL,
  run INTEGER NOT NULL,
  word TEXT NOT NULL,
  "values" TEXT NOT NULL
);

CREATE INDEX signals_starts ON signals (starts);

-- Who is inside of a limit's gate (`inside` 1), who waits before it (0), the lowest number first, and who has left it and
-- may come back (2). `place` is the id of the position that passes it, -1 for the run as a whole; with `per` it is a rate.
CREATE TABLE gates (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  place INTEGER NOT NULL,
  gate TEXT NOT NULL,
  size INTEGER NOT NULL,
  per REAL,
  inside INTEGER NOT NULL
);

CREATE INDEX gates_run ON gates (run, place);

CREATE INDEX gates_gate ON gates (gate, inside, number);

-- When those that a rate holds back have begun, or will.
CREATE TABLE begun (
  gate TEXT NOT NULL,
  at REAL NOT NULL
);

CREATE INDEX begun_gate ON begun (gate, at);

CREATE TABLE definitions (
  digest TEXT PRIMARY KEY,
  body TEXT NOT NULL
) WITHOUT ROWID;

-- The trace context of whoever has started a run, sent an event, or had a word reached.
ALTER TABLE runs ADD COLUMN trace TEXT;

ALTER TABLE events ADD COLUMN trace TEXT;

ALTER TABLE signals ADD COLUMN trace TEXT;

-- What the last saves of a run have added to its history and to what it knows, a line each: an entry is a JSON array, a
-- value is `name=JSON`. A step then writes one row. From time to time the lines move to `history` and `known`.
ALTER TABLE runs ADD COLUMN journal TEXT NOT NULL DEFAULT '';

-- The entries of a run's history, many lines in a row.
CREATE TABLE chapters (
  run INTEGER NOT NULL,
  number INTEGER NOT NULL,
  lines TEXT NOT NULL,
  PRIMARY KEY (run, number)
);

INSERT INTO chapters SELECT run, 0, group_concat(line, char(10)) || char(10) FROM (
  SELECT run, json_array(at, what, step, attempt, seconds, by, reason, error) AS line FROM history ORDER BY run, number
) GROUP BY run;

DROP TABLE history;

ALTER TABLE chapters RENAME TO history;

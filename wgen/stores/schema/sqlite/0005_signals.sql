-- Signals go with the data of their run, and those of deleted runs were left behind.
DELETE FROM signals WHERE run NOT IN (SELECT number FROM runs);

CREATE INDEX signals_run ON signals (run);

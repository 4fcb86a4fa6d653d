-- Signals go with the data of their run; those of erased and of deleted runs were left behind.
DELETE FROM signals WHERE run NOT IN (SELECT number FROM runs)
OR EXISTS (SELECT 1 FROM runs WHERE number = signals.run AND journal LIKE '%,"run erased",%')
OR EXISTS (SELECT 1 FROM history WHERE history.run = signals.run AND lines LIKE '%,"run erased",%');

CREATE INDEX signals_run ON signals (run);

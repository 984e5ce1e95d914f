-- What was announced of current values, apart from what recomputing found (NULL: only old or late ones
-- are known), and what those concerned have heard (a silence may have kept it from them).
ALTER TABLE episode ADD COLUMN announced TEXT;
ALTER TABLE episode ADD COLUMN told_severity TEXT;
-- Event time of the value that showed that it was over: later than its end by `clear_for` or more.
ALTER TABLE episode ADD COLUMN decided INTEGER;
UPDATE episode SET
    announced = CASE historical WHEN 0 THEN document ->> 'severity' END,
    told_severity = CASE WHEN told_at IS NOT NULL THEN document ->> 'severity' END,
    decided = CASE WHEN ended IS NOT NULL THEN max(
        ended,
        ifnull(CAST(round((julianday(document ->> 'time') - 2440587.5) * 86400000) AS INTEGER), ended)
    ) END;

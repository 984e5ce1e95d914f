-- Who reviewed which day of a site's readings, step by step; what changed such a day since is a step too.
CREATE TABLE day_review (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    day TEXT NOT NULL,                  -- YYYY-MM-DD, Asia/Shanghai
    step TEXT NOT NULL,                 -- submitted | approved | returned | changed
    level INTEGER NOT NULL,             -- how many levels have approved after this step
    levels INTEGER NOT NULL,            -- how many were set then
    cause TEXT NOT NULL,                -- of a change: late | revision | mark | import | recompute | replay; else ''
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX day_review_day ON day_review (site, day);

-- A build before this one wrote to the store: until it is begun anew there is no record of what it changed.
INSERT INTO meta SELECT 'records_interrupted', '1' FROM meta WHERE name = 'store_known';

-- When a mark of an exported file was taken over here; it was made before.
ALTER TABLE mark ADD COLUMN taken_over_ms INTEGER;

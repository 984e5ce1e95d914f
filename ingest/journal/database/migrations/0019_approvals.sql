-- Who reviewed which report of a month, step by step, and what was changed on purpose in a month approved.
CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    month TEXT NOT NULL,                -- YYYY-MM, Asia/Shanghai
    revision INTEGER NOT NULL,
    language TEXT NOT NULL,
    sha256 TEXT NOT NULL,               -- of report.json
    step TEXT NOT NULL,                 -- submitted | approved | returned
    level INTEGER NOT NULL,             -- how many levels have approved after this step
    levels INTEGER NOT NULL,            -- how many were set then
    by TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX review_month ON review (month);

CREATE TABLE approved_change (
    id INTEGER PRIMARY KEY,
    month TEXT NOT NULL,                -- an approved one
    what TEXT NOT NULL,                 -- import | recompute
    reason TEXT NOT NULL,
    by TEXT NOT NULL,
    made_ms INTEGER NOT NULL
) STRICT;

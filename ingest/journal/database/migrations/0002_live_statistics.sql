-- What the live statistics rest on, by series (a site's, a zone's or a river's); see windows.py.
CREATE TABLE head (
    site TEXT NOT NULL,
    parameter TEXT NOT NULL,
    fed INTEGER NOT NULL,               -- grows with every change
    body BLOB NOT NULL,
    PRIMARY KEY (site, parameter)
) STRICT, WITHOUT ROWID;
CREATE TABLE hour_sum (                 -- 48 hours that are over
    site TEXT NOT NULL,
    parameter TEXT NOT NULL,
    hour INTEGER NOT NULL,              -- since 1970-01-01 00:00 in Asia/Shanghai, as days and months
    n INTEGER NOT NULL,
    total TEXT NOT NULL,                -- an exact sum: 31200000 or 1234567/10
    PRIMARY KEY (site, parameter, hour)
) STRICT, WITHOUT ROWID;
CREATE TABLE day_mean (                 -- 400 days
    site TEXT NOT NULL,
    parameter TEXT NOT NULL,
    day INTEGER NOT NULL,
    n INTEGER NOT NULL,
    total TEXT NOT NULL,
    PRIMARY KEY (site, parameter, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE month_mean (               -- 50 months
    site TEXT NOT NULL,
    parameter TEXT NOT NULL,
    month INTEGER NOT NULL,             -- twelve times the year, plus 0 to 11
    n INTEGER NOT NULL,
    total TEXT NOT NULL,
    expected INTEGER NOT NULL,
    valid INTEGER NOT NULL,
    PRIMARY KEY (site, parameter, month)
) STRICT, WITHOUT ROWID;

-- The last water samples of each section: an item that comes in a later message joins its sample.
CREATE TABLE sample (site TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- How often a day was asked for: one asked again while it is computed stays in the queue.
ALTER TABLE recompute ADD COLUMN asked INTEGER NOT NULL DEFAULT 1;

-- Numbers that never come back: "all up to this one are in the store" holds for good.
CREATE TABLE numbered (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    entries INTEGER NOT NULL,
    items INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
INSERT INTO numbered SELECT id, entries, items, body FROM outgoing;
DROP TABLE outgoing;
ALTER TABLE numbered RENAME TO outgoing;

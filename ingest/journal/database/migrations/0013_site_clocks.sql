-- How far each site's clock is off, as its last messages showed; `newest_ms` is of the readings that were taken.
CREATE TABLE site_clock (
    site TEXT PRIMARY KEY, seen_ms INTEGER NOT NULL, newest_ms INTEGER, behind_ms INTEGER NOT NULL,
    since_ms INTEGER NOT NULL, tolerance_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

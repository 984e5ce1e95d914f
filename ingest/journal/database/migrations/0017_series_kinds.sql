-- The kind of reading that live series go on with, where more than one has come (live_kinds.py).
CREATE TABLE series_kind (
    site TEXT NOT NULL,
    parameter TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (site, parameter)
) STRICT, WITHOUT ROWID;

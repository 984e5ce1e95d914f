-- What a next machine takes over is written to the store too: which rows it has, and which have changed since.

CREATE TABLE handover (
    name TEXT NOT NULL,                 -- of the row's table
    key TEXT NOT NULL,                  -- its primary key, a JSON list
    stamp_ms INTEGER NOT NULL,          -- of its point in the store
    PRIMARY KEY (name, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE handover_change (name TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (name, key)) STRICT, WITHOUT ROWID;

-- Entries whose measurement or field the store refuses altogether, in order, until it takes them (held.py).
CREATE TABLE held (
    id INTEGER PRIMARY KEY,
    measurement TEXT NOT NULL,
    field TEXT NOT NULL,                -- a parameter of air or water; '' = all of the measurement
    words TEXT NOT NULL,                -- the store's, when it refused the first of them
    entry_count INTEGER NOT NULL,
    items INTEGER NOT NULL,
    body BLOB NOT NULL                  -- as in outgoing
) STRICT;
CREATE INDEX held_slot ON held (measurement, field, id);

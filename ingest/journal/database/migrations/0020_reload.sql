-- Commands that ask a running service to read its settings again, and what it answered.
CREATE TABLE reload (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    asked_ms INTEGER NOT NULL,
    answered_ms INTEGER,                -- NULL: not yet
    problems TEXT NOT NULL DEFAULT '[]' -- why the running settings stay, a JSON list of lines; [] if they do not
) STRICT;

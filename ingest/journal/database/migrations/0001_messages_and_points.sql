-- Messages acknowledged to the broker (or given back by the quarantine), not yet worked on.
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    received INTEGER NOT NULL,          -- ms since 1970, UTC
    length INTEGER,                     -- of an oversize payload, of which only the head is kept
    sha256 TEXT,
    conflict TEXT,                      -- NULL: live; keep | revise: replayed, and what then
    positions TEXT                      -- JSON list: only these items of the payload; NULL = all
) STRICT;

-- Points on their way to the store, a batch a row, in order.
CREATE TABLE outgoing (
    id INTEGER PRIMARY KEY,
    entries INTEGER NOT NULL,
    items INTEGER NOT NULL,
    body BLOB NOT NULL                  -- see outgoing.py
) STRICT;

-- One row a series: the newest time judged, and what the checks remember.
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    parameter TEXT NOT NULL,
    kind TEXT NOT NULL,
    last INTEGER NOT NULL,
    checks BLOB NOT NULL,
    UNIQUE (site, parameter, kind)
) STRICT;

-- When each site was last heard of.
CREATE TABLE heard (site TEXT PRIMARY KEY, received INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Refused inputs: the message once, each refused item of it.
CREATE TABLE refused_message (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    site TEXT NOT NULL,                 -- the topic's last level, known or not
    payload BLOB NOT NULL,
    cut INTEGER NOT NULL,               -- 1: only the head was kept
    length INTEGER NOT NULL,
    sha256 TEXT,
    received INTEGER NOT NULL
) STRICT;
CREATE INDEX refused_message_site ON refused_message (site);
CREATE TABLE refusal (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES refused_message (id),
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    position TEXT NOT NULL
) STRICT;
CREATE INDEX refusal_message ON refusal (message);
CREATE INDEX refusal_reason ON refusal (reason);
CREATE TABLE quarantine_bytes (site TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Days whose derived series are to be computed again.
CREATE TABLE recompute (
    site TEXT NOT NULL,
    day TEXT NOT NULL,                  -- YYYY-MM-DD, Asia/Shanghai
    cause TEXT NOT NULL,                -- late | revision | import | mark | command | new_journal
    PRIMARY KEY (site, day, cause)
) STRICT, WITHOUT ROWID;

-- What commands ask of the service; it takes them within a second, or when it is back.
CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    what TEXT NOT NULL,
    body TEXT NOT NULL,                 -- JSON
    made INTEGER NOT NULL
) STRICT;

-- The accounts: changed in the transaction that moves what they count.
CREATE TABLE count (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Alerts. One row a rule and series: what its machine remembers (alerts/episodes/state_store.py).
CREATE TABLE machine (
    rule TEXT NOT NULL,
    site TEXT NOT NULL,
    parameter TEXT NOT NULL,
    fingerprint TEXT NOT NULL,          -- of the rule that it worked under
    state BLOB NOT NULL,
    PRIMARY KEY (rule, site, parameter)
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_sample (site TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE baseline (
    site TEXT NOT NULL,
    parameter TEXT NOT NULL,
    statistic TEXT NOT NULL,
    value REAL NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (site, parameter, statistic)
) STRICT, WITHOUT ROWID;

-- The register: one row an episode, for as long as the file is kept (alerts/episodes/register.py).
CREATE TABLE episode (
    id TEXT PRIMARY KEY,
    rule TEXT NOT NULL,
    site TEXT NOT NULL,
    parameter TEXT NOT NULL,
    statistic TEXT NOT NULL,
    category TEXT NOT NULL,
    severity TEXT NOT NULL,             -- the most severe it had
    begun INTEGER NOT NULL,
    ended INTEGER,                      -- NULL while it is open
    reason TEXT NOT NULL,               -- why it began; once it is over, why it ended
    peak REAL NOT NULL,
    peak_at INTEGER NOT NULL,
    mean REAL NOT NULL,                 -- of the values beyond the limit
    n INTEGER NOT NULL,
    bound REAL NOT NULL,
    unit TEXT NOT NULL,
    historical INTEGER NOT NULL,        -- 1: nobody was woken for it
    acked_by TEXT NOT NULL DEFAULT '',
    acked_at INTEGER,
    note TEXT NOT NULL DEFAULT '',
    told_at INTEGER,                    -- clock time of the last notification
    tellings INTEGER NOT NULL DEFAULT 0,
    step INTEGER NOT NULL DEFAULT 0,    -- of the escalation
    stamp INTEGER NOT NULL,             -- of its last point in the store
    document TEXT NOT NULL              -- the last event, JSON
) STRICT;
CREATE UNIQUE INDEX episode_open ON episode (rule, site, parameter) WHERE ended IS NULL;
CREATE INDEX episode_begun ON episode (begun);
CREATE TABLE curve (
    episode TEXT NOT NULL, time INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (episode, time)
) STRICT, WITHOUT ROWID;
CREATE TABLE silence (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    rule TEXT,                          -- NULL = every one
    parameter TEXT,
    until INTEGER NOT NULL,
    reason TEXT NOT NULL,
    by TEXT NOT NULL,
    made INTEGER NOT NULL
) STRICT;

-- The outbox: what is to be told, to whom, and how that went (alerts/notify/outbox.py).
CREATE TABLE notification (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,           -- idempotency: a repeat after a crash carries the same
    channel TEXT NOT NULL,
    person TEXT NOT NULL,
    episode TEXT NOT NULL,
    site TEXT NOT NULL,
    document TEXT NOT NULL,
    made INTEGER NOT NULL,
    due INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    sent INTEGER,
    result TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX notification_due ON notification (channel, due) WHERE sent IS NULL;
CREATE INDEX notification_episode ON notification (episode);

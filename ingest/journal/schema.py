"""The journal file's tables, version by version; newer code migrates, older code refuses."""

import sqlite3

MIGRATIONS: tuple[str, ...] = (
    """
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
    """,
    """
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
    """,
    """
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
        severity TEXT NOT NULL,             -- the gravest it had
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
    """,
    """
    -- What people declared of readings, withdrawals too, as made (sensors/marks.py); the store has it too.
    CREATE TABLE mark (
        site TEXT NOT NULL,
        parameter TEXT NOT NULL,            -- all = every one
        made INTEGER NOT NULL,
        starts INTEGER NOT NULL,
        ends INTEGER NOT NULL,
        what TEXT NOT NULL,                 -- invalid | maintenance | exceptional | withdrawn
        reason TEXT NOT NULL,
        by TEXT NOT NULL,
        PRIMARY KEY (site, parameter, made)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    -- Late readings by the month of their time, and since when they are counted (late.py).
    CREATE TABLE late (
        site TEXT NOT NULL,
        month TEXT NOT NULL,                -- YYYY-MM, Asia/Shanghai
        readings INTEGER NOT NULL,
        PRIMARY KEY (site, month)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO meta VALUES ('late_since', strftime('%s', 'now') || '000');
    """,
    """
    -- Heads hold the last readings in a shorter form (live/packing.py) and the hours that are not
    -- over, which older builds cannot read. Those in the former form are read, and replaced as series go on.
    """,
    """
    -- Statistics wait in outgoing without names of fields (Computed), which older builds cannot read.
    -- Rows that have them as points (Derived) are still written.
    """,
    """
    -- A channel with several addresses has a notification for each; '' until it is split, and for all others.
    -- `result` is 'sent', or why it was not, last; once `sent` is set nothing more happens to it.
    ALTER TABLE notification ADD COLUMN address TEXT NOT NULL DEFAULT '';
    """,
    """
    -- What was announced of current values, apart from what recomputing found (NULL: only old or late ones
    -- are known), and what those concerned have heard (a silence may have kept it from them).
    ALTER TABLE episode ADD COLUMN announced TEXT;
    ALTER TABLE episode ADD COLUMN told_severity TEXT;
    -- Event time of the value that showed that it was over: later than its end by `clear_for` or more.
    ALTER TABLE episode ADD COLUMN decided INTEGER;
    UPDATE episode SET
        announced = CASE historical WHEN 0 THEN document ->> 'severity' END,
        told_severity = CASE WHEN told_at IS NOT NULL THEN document ->> 'severity' END,
        decided = CASE WHEN ended IS NOT NULL THEN max(
            ended,
            ifnull(CAST(round((julianday(document ->> 'time') - 2440587.5) * 86400000) AS INTEGER), ended)
        ) END;
    """,
)
VERSION = len(MIGRATIONS)
BEING_RESTORED = 2**31 - 1
"""The version that deploy/restore.sh gives to an empty file until the journal is there."""
APPLICATION = 0x4C514A4E
"""SQLite's application id of a journal: LQJN. Older ones have none and are known by their tables."""
_ALWAYS_THERE = {"inbox", "outgoing", "series", "request", "count", "meta"}


class JournalTooNewError(Exception):
    """The file was written by a newer liangqu, or is none yet; this one refuses to touch it."""


class ForeignFileError(Exception):
    """A SQLite file that is no journal: another program's, or liangqu's store."""


def migrate(connection: sqlite3.Connection, name: str) -> bool:
    """Bring the file to `VERSION`; True when it was made by this call.

    Raises:
        JournalTooNewError: its version is above ours, or it holds a place; `name` is for the message.
    """
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found == BEING_RESTORED:
        raise JournalTooNewError(f"{name}: deploy/restore.sh has not finished: this is no journal yet")
    if found > VERSION:
        raise JournalTooNewError(
            f"{name}: schema version {found}, this liangqu knows up to {VERSION}; install the newer one"
        )
    for version, statements in enumerate(MIGRATIONS[found:], start=found + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {statements}; PRAGMA user_version = {version}; COMMIT;")
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
    return found == 0


def recognise(connection: sqlite3.Connection, name: str) -> None:
    """Look whether the file is a journal, or an empty one that may become it.

    Raises:
        ForeignFileError: it is neither; `name` is for the message.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if application == APPLICATION or (application == 0 and (not tables or tables >= _ALWAYS_THERE)):
        return
    raise ForeignFileError(
        f"{name}: a SQLite file of another program, no journal of liangqu; nothing was changed"
    )

-- Events: what people are notified of. Episodes of one place and cause share one; '' is none.
CREATE TABLE event (
    id TEXT PRIMARY KEY,
    area TEXT NOT NULL,                 -- a zone, river, lone site, or _
    cause TEXT NOT NULL,
    category TEXT NOT NULL,
    severity TEXT NOT NULL,             -- the most severe that was announced
    begun_ms INTEGER NOT NULL,
    calm_ms INTEGER,                    -- since when none of its episodes is open
    ended_ms INTEGER,                   -- NULL while it is open
    acked_by TEXT NOT NULL DEFAULT '',
    acked_at_ms INTEGER,
    note TEXT NOT NULL DEFAULT '',
    notified_severity TEXT,
    notified_at_ms INTEGER,             -- that it began, became more severe or wider
    reminded_at_ms INTEGER,             -- that it lasts
    places INTEGER NOT NULL DEFAULT 0,  -- affected stations that people know of
    step INTEGER NOT NULL DEFAULT 0     -- of the escalation
) STRICT;
CREATE UNIQUE INDEX event_open ON event (area, cause) WHERE ended_ms IS NULL;
CREATE INDEX event_begun ON event (begun_ms);

-- What became of each announcement: whether it notified people, and why, or why not.
CREATE TABLE decision (
    episode TEXT NOT NULL,
    occasion TEXT NOT NULL,
    event TEXT NOT NULL,
    severity TEXT NOT NULL,
    notified INTEGER NOT NULL,
    reason TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    PRIMARY KEY (episode, occasion)
) STRICT, WITHOUT ROWID;

-- A silence of one event; one that begins later.
ALTER TABLE silence ADD COLUMN event TEXT;
ALTER TABLE silence ADD COLUMN starts_ms INTEGER;

ALTER TABLE episode ADD COLUMN event TEXT NOT NULL DEFAULT '';
CREATE INDEX episode_event ON episode (event) WHERE event <> '';
CREATE INDEX episode_open_event ON episode (event) WHERE ended_ms IS NULL;
-- What is sent in one thread: the event, or the episode where there is none.
ALTER TABLE notification ADD COLUMN thread TEXT NOT NULL DEFAULT '';
UPDATE notification SET thread = episode;
DROP INDEX notification_episode;
CREATE INDEX notification_thread ON notification (thread);

-- The audit list: who changed what, when, by which door and why. Rows are added, never changed, never removed.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    door TEXT NOT NULL,                 -- desk | command | link | mqtt
    what TEXT NOT NULL,                 -- a code such as ack
    objects TEXT NOT NULL,              -- a JSON list of ids
    why TEXT NOT NULL,                  -- '' where nobody was asked
    details TEXT NOT NULL               -- a JSON object
) STRICT;
CREATE INDEX audit_at ON audit (at_ms);
CREATE TRIGGER audit_row_stays BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'rows of the audit list stay'); END;
CREATE TRIGGER audit_row_is_final BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'rows of the audit list are final'); END;

-- Who is signed in at the desk; of the cookie only its hash.
CREATE TABLE login_session (
    token_sha256 TEXT PRIMARY KEY,
    user TEXT NOT NULL,
    credential TEXT NOT NULL,           -- of the user's row then: another one ends the session
    begun_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_session_user ON login_session (user);

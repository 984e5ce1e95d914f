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

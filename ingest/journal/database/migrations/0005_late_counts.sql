-- Late readings by the month of their time, and since when they are counted (late.py).
CREATE TABLE late (
    site TEXT NOT NULL,
    month TEXT NOT NULL,                -- YYYY-MM, Asia/Shanghai
    readings INTEGER NOT NULL,
    PRIMARY KEY (site, month)
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('late_since', strftime('%s', 'now') || '000');

-- The newest hourly index of each air place and the class of the newest sample of each section.
CREATE TABLE newest_assessment (
    site TEXT PRIMARY KEY,
    statistic TEXT NOT NULL,            -- 1h | reading
    stamp_ms INTEGER NOT NULL,
    value INTEGER,                      -- AQI, or class 1 to 6; NULL: withdrawn
    grounds TEXT NOT NULL,              -- primary pollutants or determining items, joined by ;
    target INTEGER                      -- the class that was to be met
) STRICT, WITHOUT ROWID;

-- Since when each site of the catalogue has been waited for.
CREATE TABLE expected_site (site TEXT PRIMARY KEY, since_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;

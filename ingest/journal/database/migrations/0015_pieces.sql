ALTER TABLE inbox ADD COLUMN progress TEXT;  -- JSON: how far a message is read that is read in pieces; NULL = not begun

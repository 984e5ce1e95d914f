-- A channel with several addresses has a notification for each; '' until it is split, and for all others.
-- `result` is 'sent', or why it was not, last; once `sent` is set nothing more happens to it.
ALTER TABLE notification ADD COLUMN address TEXT NOT NULL DEFAULT '';

"""The SQLite file below the journal: its schema, and what happens when it is damaged, gone or out of room."""

"""The journal: one SQLite file that holds all local state, so that a crash forgets nothing."""

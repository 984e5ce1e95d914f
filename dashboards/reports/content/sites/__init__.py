"""A report's sites, one after the other: what is read of one, and all that stays of it."""

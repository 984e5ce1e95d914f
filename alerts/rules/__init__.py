"""Rules as data, which of them apply to a series, and what they say of a value. Pure."""

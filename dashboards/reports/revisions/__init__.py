"""A revised report: which ones stand, which figures differ, and why."""

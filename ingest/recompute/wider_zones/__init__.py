"""Wider zones, from the stored daily means of their members: what the stores hold, what comes of it."""

"""The pure core: what a rule says of a value, and what becomes of an episode. No clock, no disk, no network.

reading, statistic ─► coverage (which rules) ─► verdicts (exceeded?) ─► episode (what changes)
"""

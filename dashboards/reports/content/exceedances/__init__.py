"""Exceedances: runs of values beyond a limit, and the events that people count."""

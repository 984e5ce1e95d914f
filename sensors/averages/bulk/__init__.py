"""Averages of whole columns, for reports and recomputing."""

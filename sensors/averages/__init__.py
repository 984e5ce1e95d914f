"""Averages and periods: means, their completeness, and the year's attainment outlook.

`live` keeps a series as readings arrive, `bulk` computes the same from whole columns. Both use `config` (what
feeds a series), `exact_sum` (sums that do not round), the calendar and the rules of completeness.
"""

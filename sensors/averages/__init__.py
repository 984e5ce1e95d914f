"""Averages and periods: what a mean is, when it is complete, and what the year may still be.

`streaming` keeps a series as readings arrive, `frames` computes the same in bulk; both rest on `periods` (the
calendar), `basis` (what feeds them), `exact` (sums that do not round) and `completeness` (what is enough).
"""

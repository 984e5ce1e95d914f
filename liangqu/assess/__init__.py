"""Verdict columns for the rows of a CSV, one row at a time: what `liangqu assess` does, without its files.

Only the columns that count are read; all pass through as they came. `rows.py` walks the file, `water.py` and
`air.py` give the verdicts, `cells.py` reads a cell and finds a column.
"""

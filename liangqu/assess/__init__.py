"""Assessment columns for the rows of a CSV, one row at a time: `liangqu assess` without its files.

Only the columns that count are read; all pass through unchanged. `rows.py` walks the file, `water.py` and
`air.py` assess a row, `cells.py` reads a cell and finds a column.
"""

"""The derived series: statistics, AQI and water classes, live from readings and again from what is stored.

`live` runs in the pipeline, reading by reading; `bulk` computes the same from raw readings, for `recompute`.
"""

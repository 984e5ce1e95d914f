"""The derived series: statistics, AQI and water classes, live from readings.

`live` runs in the pipeline, reading by reading; `ingest/recompute` computes the same from raw readings.
"""

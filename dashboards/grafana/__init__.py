"""The Grafana boards as code: one file a board, generated from catalogue, limits and targets.

`build` gives the JSON that is committed under `dashboards/boards/`; `layout` is the arithmetic it satisfies.
"""

"""The Grafana boards as code: one file per board, generated from catalogue, limits and targets.

`build` gives the JSON that is committed under `dashboards/boards/`; `lint` checks its layout and names.
"""

"""The demonstration: broker, stations, service and store in one process, with a live commentary.

    stations ─► embedded broker ─► the real service ─► SQLite ─► board (watch.py reads, board.py draws)

`play.py` joins the parts. What the board gains is read in `Watch.look` and drawn in `board`; what the end
gains is a section of `summary`; every sentence is in words.toml in both languages.
"""

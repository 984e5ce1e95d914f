"""The demonstration: broker, stations, service and store in one process, with a live commentary.

    stations ─► embedded broker ─► the real service ─► SQLite ─► board (board_reader.py reads, board.py draws)

`demonstration.py` joins the parts. What the board shows is read by `BoardReader` and drawn by `board`; what
stands at the end is a section of `summary`; every sentence is in words.toml in both languages.
"""

"""The demonstration: broker, stations, service and store in one process, and what happens, told as it does.

    stations ─► embedded broker ─► the real service ─► SQLite ─► board (watch.py reads, board.py draws)

`show.py` joins the parts; `words.py` holds every sentence in both languages.
"""

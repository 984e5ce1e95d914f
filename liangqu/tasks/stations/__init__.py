"""Stations by command: the catalogue's file and the broker's accounts, changed together or not at all."""

"""Simulated stations: their history, their messages, their data loggers."""

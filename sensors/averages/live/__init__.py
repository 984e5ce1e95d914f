"""Averages reading by reading, exact at every moment."""

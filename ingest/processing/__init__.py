"""Inputs one by one: decoded, tried alone when a batch fails, set aside when the program does."""

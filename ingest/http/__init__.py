"""Addresses that HTTP can call, and calls that end in time."""

"""Derived series computed again from raw readings, beside the live ones."""

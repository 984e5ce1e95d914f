"""Derived series recomputed from raw readings, alongside the live ones."""

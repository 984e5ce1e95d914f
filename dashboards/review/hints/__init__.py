"""Hints for a reviewer: a module each. All are pure; none is a verdict."""

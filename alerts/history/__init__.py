"""Corrections of the register after late data, revisions and marks: replay in order, then correct."""

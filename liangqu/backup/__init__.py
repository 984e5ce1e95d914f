"""A deployment's state in one folder, and back: made, checked, restored."""

"""Output on the terminal: lines, and the progress of long work."""

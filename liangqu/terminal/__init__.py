"""What a person at the terminal sees: lines, and the progress of long work."""

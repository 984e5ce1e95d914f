"""The live board of the demonstration: what it shows, read and drawn."""

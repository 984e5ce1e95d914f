"""One step of a message's way by itself."""

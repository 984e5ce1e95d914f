"""The whole service at work, through a real broker."""

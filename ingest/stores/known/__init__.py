"""What the store held at an earlier time: recorded as it changes, and read back."""

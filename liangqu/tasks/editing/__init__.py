"""Files that people write and commands change: text around a change stays, several at once or none."""

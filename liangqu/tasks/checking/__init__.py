"""What `liangqu check` looks at: mistakes, what is doubtful, and what answers."""

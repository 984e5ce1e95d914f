"""Episodes: the pure state machine, what it remembers, the register, and the watchdogs."""

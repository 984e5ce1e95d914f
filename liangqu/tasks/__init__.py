"""What a command does, without the command line: usable by the demo and other front ends."""

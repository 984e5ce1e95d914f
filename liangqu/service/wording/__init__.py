"""What a running service says of itself, in the words of people: lines of its log, causes of troubles."""

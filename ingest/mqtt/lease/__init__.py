"""Which of several runs serves a shard: what the broker keeps of it, and what follows from that."""

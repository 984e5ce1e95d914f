"""Files of history: what they would bring, and taking them into the store."""

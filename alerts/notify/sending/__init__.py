"""From the outbox to the channels: what is due, within their limits, and what becomes of it."""

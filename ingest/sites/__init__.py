"""The sites as senders: when each was last heard, and whether its clock is right."""

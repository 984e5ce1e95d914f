"""The sites as senders: which are waited for, when each was last heard, and whether its clock is right."""

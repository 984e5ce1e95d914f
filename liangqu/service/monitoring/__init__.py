"""What a running service tells other programs of itself: a report in its journal, figures."""

"""Publishing apart from the plain publisher: what stays at the broker, and what it drops meanwhile."""

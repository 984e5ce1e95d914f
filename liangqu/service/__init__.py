"""The running service: threads, health, metrics, pages."""

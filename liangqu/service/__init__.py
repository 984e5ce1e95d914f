"""The running service: threads, health, metrics, pages."""

import ingest  # noqa: F401 - it imports structlog, without rich

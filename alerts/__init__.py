"""Who is notified and when: rules, episodes, notifications, duty."""

import ingest  # noqa: F401 - it imports structlog, without rich

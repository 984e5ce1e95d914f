"""Who is notified of what, when and how: routes, duty, outbox, channels, wording."""

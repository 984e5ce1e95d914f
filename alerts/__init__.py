"""Who is notified and when: rules, episodes, notifications, duty."""

"""When to tell whom: rules, episodes, notifications, duty."""

"""Who may: users and roles, sessions, tokens of forms, the audit list."""

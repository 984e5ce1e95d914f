"""Review of a site's days: its steps, and what it means for who would change such a day."""

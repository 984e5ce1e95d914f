"""Settings: one TOML file, its schema, and the parts built from it."""

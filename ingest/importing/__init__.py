"""History from files: the project's CSV and the public feeds, directly into the store."""

"""History from files: the project's CSV and the public feeds, straight into the store."""

"""Where readings end up: InfluxDB or SQLite behind one small interface."""

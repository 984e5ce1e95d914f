"""The InfluxDB store: text, HTTP, queries, and the process that writes."""

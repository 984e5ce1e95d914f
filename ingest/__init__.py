"""Ingesting and keeping readings: MQTT session, journal file, checks, live statistics, stores."""

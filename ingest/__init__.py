"""Getting and keeping: MQTT session, journal file, checks, live statistics, stores."""

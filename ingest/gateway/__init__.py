"""HJ 212 over TCP: data loggers on one side, the MQTT broker on the other."""

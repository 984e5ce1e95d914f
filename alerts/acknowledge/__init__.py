"""Acknowledging an episode: by MQTT, by command, or on its page behind a signed link."""

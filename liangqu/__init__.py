"""The entry: command line, settings, the running service, the demonstration."""

__version__ = "0.1.0"

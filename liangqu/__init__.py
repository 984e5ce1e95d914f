"""The door: command line, settings, the pipeline that joins the parts."""

__version__ = "0.1.0"

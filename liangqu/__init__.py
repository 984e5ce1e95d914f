"""The door: command line, settings, the pipeline that joins the parts."""

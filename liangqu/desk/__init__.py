"""The desk: a console in the browser, over the same services as the command line."""

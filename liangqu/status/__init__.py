"""What runs now, on one screen: read from the journal alone, for `liangqu status` and for pages."""

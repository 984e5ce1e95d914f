"""What is measured and by which standard: catalogue, readings, codecs, limits, classes. Pure."""

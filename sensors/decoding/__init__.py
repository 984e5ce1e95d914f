"""From bytes to readings and refusals: the JSON payload and HJ 212."""

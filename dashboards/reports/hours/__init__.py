"""The month hour by hour: courses of a day, and what came from which wind."""

"""The standards as data, and the pure functions that apply them."""

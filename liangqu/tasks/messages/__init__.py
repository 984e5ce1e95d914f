"""Messages as they came: refused ones given back or dropped, recorded ones published, frames explained."""

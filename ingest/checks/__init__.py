"""Quality checks, streaming, one file each: they flag, they never change a value."""

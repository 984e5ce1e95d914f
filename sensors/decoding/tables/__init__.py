"""How tables that other people made are written: headings, units, numbers, times. Words are data."""

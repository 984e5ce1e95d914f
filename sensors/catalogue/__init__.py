"""The catalogue: parameters, sites, zones, rivers, units."""

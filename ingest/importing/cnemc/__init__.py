"""The public feeds of the China National Environmental Monitoring Centre (CNEMC), as cells to import."""

"""Maps that need no network: where each place is drawn, the ground below, the panel."""

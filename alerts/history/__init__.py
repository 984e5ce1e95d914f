"""What late data, revisions and marks do to the register: replayed in order, then corrected."""

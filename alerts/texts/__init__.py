"""What messages say: an event as it is now, put into words in both languages."""

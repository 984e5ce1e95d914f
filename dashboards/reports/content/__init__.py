"""What a report says: read from store and journal, and computed once, before any page or file is made."""

"""What a next machine takes over: rows of the journal that the store has too, and gives back."""

"""What people look at when they judge a month: its curves, its neighbours, and hints."""

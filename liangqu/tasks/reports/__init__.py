"""Writing a month's report, its text, and the page of drinking water that it holds."""

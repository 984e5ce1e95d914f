"""The report's paragraphs: written from its figures, edited by people, kept for the next revision."""

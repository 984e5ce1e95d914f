"""Who gives a report out and who answers for it, as the settings say."""

from msgspec import Struct


class Imprint(Struct, frozen=True):
    """Names in the head of a report and on its lines for signatures; a blank one leaves its line to fill in.

    A `title` takes the place of the report's own.
    """

    organisation: str = ""
    title: str = ""
    prepared_by: str = ""
    reviewed_by: str = ""
    issued_by: str = ""

    @property
    def signatures(self) -> tuple[tuple[str, str], ...]:
        """Of each line the key of its word, and the name that stands on it."""
        return (
            ("compiled", self.prepared_by),
            ("checked", self.reviewed_by),
            ("signed_by", self.issued_by),
            ("date", ""),
        )

"""The end of a connection whose client has gone first."""

import asyncio
import errno

from liangqu.web.lingering import LingeringTransport


class GoneTransport(asyncio.Transport):
    """As of a socket whose other end has been reset; its shutdown fails."""

    aborted = False

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return True

    def resume_reading(self) -> None:
        """It has nothing to read."""

    def write_eof(self) -> None:
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    def abort(self) -> None:
        self.aborted = True


def test_a_client_that_has_gone_is_no_failure_of_the_page() -> None:
    """A container's probe of health, slow to be answered, left a traceback in the log."""
    gone = GoneTransport()
    transport = LingeringTransport(gone)

    transport.close()

    assert gone.aborted
    assert transport.is_closing()

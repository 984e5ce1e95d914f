"""A channel that fails as a test says."""

from alerts.notify.channels import Channel, ChannelMessage


class StubChannel(Channel):
    """Keeps what it takes, and takes nothing while `failure` is set."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.sent: list[ChannelMessage] = []

    def send(self, message: ChannelMessage) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)

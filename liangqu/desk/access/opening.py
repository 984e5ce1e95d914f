"""Opens the gate that the settings ask for."""

from liangqu.desk.access.gate import Gate
from liangqu.desk.access.invitations import PATH
from liangqu.desk.access.login_gate import LoginGate
from liangqu.desk.access.message_links import LinkGuests
from liangqu.desk.desk import Desk


def open_gate(desk: Desk) -> Gate:
    """With `login = "none"` everybody at this machine may all, else users sign in."""
    choice = desk.files.settings.desk
    if choice.login == "none":
        return Gate(public_url=choice.public_url)
    return LoginGate(choice, desk.journal, desk.clock, LinkGuests(desk))


def invitation_link(address: str, token: str) -> str:
    """The page where whoever has the token sets a password; `address` is the desk's."""
    return f"{address.rstrip('/')}{PATH}?token={token}"


def first_link(gate: Gate, address: str) -> str:
    """The link that makes the first administrator, to be printed once; "" where there is a user.

    Args:
        gate: As it was opened.
        address: Of the desk, as `DeskChoice.address` has it.

    Raises:
        UsersFileError: the file of users cannot be used.
    """
    token = gate.invitations.first_token() if isinstance(gate, LoginGate) else ""
    return invitation_link(address, token) if token else ""

"""Who is signed in, and what they may."""

from typing import Literal, get_args

from msgspec import Struct

Role = Literal["look", "duty", "review", "admin"]
"""What somebody may: everybody looks; `duty` answers alerts, `review` judges data, `admin` all."""
ROLES: tuple[Role, ...] = get_args(Role)


class User(Struct, frozen=True):
    """Somebody who uses the desk.

    Attributes:
        id: As in the file of users.
        name: As people read it.
        roles: As given; an administrator has all of them.
        person: Of the notify file, whose acknowledgements these are; "" for none.
        only_event: The event that a message's signed link has opened: a guest, who sees and answers that one
            alone. Its page's forms are sent to its own address, whose query is the link. "" for users.
    """

    id: str
    name: str
    roles: frozenset[Role] = frozenset()
    person: str = ""
    only_event: str = ""

    def has(self, role: Role) -> bool:
        """Whether this one may do what asks for that role."""
        return role == "look" or role in self.roles or "admin" in self.roles

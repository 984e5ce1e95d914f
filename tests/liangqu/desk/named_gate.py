"""Gates that let in whoever a test names."""

from liangqu.desk.access.gate import Gate
from liangqu.desk.access.user import ROLES, Role, User


class NamedGate(Gate):
    """Everybody is whoever the test says, with every role unless it says otherwise."""

    name = "张三"
    roles = frozenset[Role](ROLES)

    def _identify(self, _request: object) -> User | None:
        return User(id="u", name=self.name, roles=self.roles)


class UserGate(Gate):
    """Everybody is this user."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self._user = user

    def _identify(self, _request: object) -> User | None:
        return self._user

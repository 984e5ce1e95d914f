"""How long somebody waits between tries to sign in, by what was tried before; the longer, the more failed."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from msgspec import Struct

MOST_REMEMBERED = 10_000
_NETWORK_BITS = 64
_MOST_DOUBLINGS = 20


class Patience(Struct, frozen=True):
    """After `free` tries each next one waits twice as long as the one before, at most `longest`.

    A try is forgotten after `remembered`.
    """

    free: int
    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=5)
    remembered: timedelta = timedelta(hours=1)


OF_A_NAME = Patience(free=5)
OF_AN_ADDRESS = Patience(free=20)
"""Of several people behind one address."""


def allowed_from(tries: Sequence[datetime], patience: Patience, now: datetime) -> datetime:
    """From when on the next try is taken, after the failed ones, oldest first; never later than it may be."""
    counted = [one for one in tries if now - patience.remembered < one <= now]
    beyond = len(counted) - patience.free
    if beyond < 0:
        return now
    wait: timedelta = patience.first * 2 ** min(beyond, _MOST_DOUBLINGS)
    return counted[-1] + min(patience.longest, wait)


def network_of(address: str) -> str:
    """Whose tries are counted together: an IPv4 address, or the 64 bits of IPv6 that one household has."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> _NETWORK_BITS << _NETWORK_BITS))
    return str(found)


class LoginThrottle:
    """Remembers tries of each name, known or not, and of each address; any thread.

    A try counts from its beginning, so that many at once gain nothing; one that succeeds is taken back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tries: OrderedDict[tuple[str, str], list[datetime]] = OrderedDict()

    def begin(self, name: str, address: str, now: datetime) -> timedelta:
        """Begin a try; above zero it is refused, and the next one is taken after so long."""
        keys = self._keys(name, address)
        with self._lock:
            waits = [
                allowed_from(self._tries.get(key, ()), patience, now) - now for key, patience in keys.items()
            ]
            if (wait := max(waits)) > timedelta(0):
                return wait
            for key, patience in keys.items():
                tries = self._tries.setdefault(key, [])
                tries[:] = [one for one in tries if now - patience.remembered < one <= now]
                tries.append(now)
                self._tries.move_to_end(key)
            while len(self._tries) > MOST_REMEMBERED:
                self._tries.popitem(last=False)
        return timedelta(0)

    def succeed(self, name: str, address: str, now: datetime) -> None:
        """The try that began then was right: the name's are forgotten, the address's only this one."""
        of_name, of_address = self._keys(name, address)
        with self._lock:
            self._tries.pop(of_name, None)
            tries = self._tries.get(of_address, [])
            if now in tries:
                tries.remove(now)

    def _keys(self, name: str, address: str) -> dict[tuple[str, str], Patience]:
        return {
            ("name", name.casefold()[:80]): OF_A_NAME,
            ("address", network_of(address)): OF_AN_ADDRESS,
        }

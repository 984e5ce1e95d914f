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


OF_A_BROWSER = Patience(free=5)
"""Of one from which that name has signed in; of others, of a name from one address."""
OF_A_NAME = Patience(free=20)
"""From all addresses together: whoever guesses from many of them is slowed down too."""
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
    """Remembers tries of each name, known or not, of each address and of both together; any thread.

    A browser from which the name has signed in before is counted by itself alone: nobody else's guessing
    keeps its owner out. A try counts from its beginning, so that many at once gain nothing; one that
    succeeds is taken back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tries: OrderedDict[tuple[str, str], list[datetime]] = OrderedDict()

    def begin(self, name: str, address: str, now: datetime, device: str = "") -> timedelta:
        """Begin a try; above zero it is refused, and the next one is taken after so long.

        `device` is a browser from which that name has signed in; "" for any other.
        """
        keys = _keys(name, address, device)
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

    def succeed(self, name: str, address: str, now: datetime, device: str = "") -> None:
        """The try that began then was right: the browser's are forgotten, of others' only this one."""
        of_browser, *others = _keys(name, address, device)
        with self._lock:
            self._tries.pop(of_browser, None)
            for key in others:
                tries = self._tries.get(key, [])
                if now in tries:
                    tries.remove(now)


def _keys(name: str, address: str, device: str) -> dict[tuple[str, str], Patience]:
    """What a try counts for, the browser first."""
    if device:
        return {("device", device): OF_A_BROWSER}
    called, network = name.casefold()[:80], network_of(address)
    return {
        ("both", f"{network} {called}"): OF_A_BROWSER,
        ("name", called): OF_A_NAME,
        ("address", network): OF_AN_ADDRESS,
    }

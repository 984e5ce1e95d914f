"""Whether this run may serve its shard, from what the broker has on the shard's topic. Pure.

The topic is a register: what was said last is so. Who finds another there waits; who finds nobody says that
it serves, waits until whoever said so at the same time has been heard, and looks whether it still stands
there. The earlier of two that cross has then seen the later and waits. So two hold it at most for as long as
the broker takes to tell, or to find out that the connection of one is dead.
"""

from ingest.mqtt.lease.claim import Claim

SETTLE_S = 2.0
"""From what is said to the look by which it is found to stand; who says it on an older look comes between."""
GRACE_S = 10.0
"""So long nobody must be there before one that waits takes over: the other may only be reconnecting."""
SAY_EVERY_S = 30.0
RETRY_S = 5.0
STALE_S = 120.0
"""Another that has said nothing for so long is gone, though the broker has not noticed."""
LEAVE_S = 60.0
"""So long without a look a run stays connected; others may take over `STALE_S` after its last word."""
DENIED_AFTER = 3


class Lease:
    """What one run knows; `now` is in seconds of a monotonic clock.

    Attributes:
        held: Whether we serve. Where the broker cannot be asked this stays so: nobody else can ask it either,
            or it is we who are cut off, and an alarm that comes twice is better than none.
        other: Who else serves; None: nobody, as far as it is known.
        others_served: Whether another has served since we did, so that what we have in memory is old.
        denied: How often what we said was not there when we looked: the broker does not keep it.

    Args:
        run: Ours.
    """

    def __init__(self, run: str) -> None:
        self.held = self.others_served = False
        self.other: Claim | None = None
        self.denied = 0
        self._run = run
        self._known = False  # whether the broker can tell us what changes
        self._unknown_since: float | None = None
        self._heard = 0.0  # when the other's word changed
        self._waited = False
        self._free_since: float | None = None
        self._said: float | None = None

    def record_seen(self, claim: Claim | None, now: float, *, looked: bool = False) -> None:
        """What stands on the topic now; `looked`: it was asked for, and is what the broker keeps."""
        self._known, self._unknown_since = True, None
        if claim is not None and claim.run != self._run:
            self.others_served = self.others_served or not (self.held and claim.gone)
        if claim is None or claim.gone:
            self._record_nobody(now, looked=looked)
        elif claim.run == self._run:
            self._record_own(now, looked=looked)
        else:
            self._record_other(claim, now)

    def _record_nobody(self, now: float, *, looked: bool) -> None:
        self.other = None
        self._free_since = now if self._free_since is None else self._free_since
        if looked and self._said is not None and now - self._said >= SETTLE_S:
            self.denied += 1
        if self.held:
            self._said = None

    def _record_own(self, now: float, *, looked: bool) -> None:
        self.other, self._free_since = None, None
        if looked and self._said is not None:
            self.denied = 0
            self.held = self.held or now - self._said >= SETTLE_S
            self._waited = self._waited and not self.held

    def _record_other(self, claim: Claim, now: float) -> None:
        if claim != self.other:
            self.other, self._heard, self._said = claim, now, None
        self.held, self._waited, self._free_since = False, True, None

    def record_unseen(self, now: float) -> None:
        """The broker cannot tell us any more what changes."""
        if self._known:
            self._known, self._unknown_since = False, now
        self._free_since = None
        self._said = self._said if self.held else None

    def record_said(self, now: float) -> None:
        """We have said that we serve."""
        self._said = now

    def is_word_due(self, now: float) -> bool:
        """Whether we are to say now that we serve."""
        if not self._known:
            return False
        if self._said is not None:
            return now - self._said >= (SAY_EVERY_S if self.held and self._free_since is None else RETRY_S)
        if self.held:
            return True
        if self.other is not None:
            return now - self._heard >= STALE_S
        grace = GRACE_S if self._waited else 0.0
        return self._free_since is None or now - self._free_since >= grace

    def is_look_due(self, now: float) -> bool:
        """Whether what we have said is to be looked for, to find that it stands."""
        return self._known and not self.held and self._said is not None and now - self._said >= SETTLE_S

    def may_connect(self, now: float) -> bool:
        """Whether the shard's session may be opened, or stay open."""
        return self.held and (self._unknown_since is None or now - self._unknown_since < LEAVE_S)

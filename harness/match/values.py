"""`ValueComparison`: compares two single values by their place, their bindings, their placeholders, or literally."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.match.bindings import BOUND_KINDS, Accepted, Bindings, fits
from harness.match.both_kinds import captured_counted, captured_with_generated
from harness.match.generated import Pair, pairs, slots_replaced
from harness.match.json_diff import ABSENT, RawDifference
from harness.match.lenience import Lenience
from harness.match.looks import is_time
from harness.match.made_up import are_random_numbers, is_fine, made_up_look
from harness.match.named_places import NamedPlaces
from harness.match.placeholders import Captured, captured, is_placeholder, may_hold
from harness.match.places import Place
from harness.match.redacted_names import actual_names

UNTOLD = "cannot be told apart: redacted"
"""Note of a difference: two recorded values differ only in their placeholders; the first use decides which is meant."""


def same_text(text: str) -> str:
    """The text unchanged, for comparisons in which no origin maps to another one."""
    return text


class ValueComparison:
    """Compares single values, and binds those that a match pairs.

    Attributes:
        bindings: Grows with each match at a volatile place, and with each placeholder.
        home: Maps the local server's origin and the service's origins in a text to one origin.
        named: The places that the user named.
        lenience: Decides which other differences are accepted; None to accept exact matches only.
        is_upgrade: Whether the request opens a WebSocket: browsers have to put credentials into its URL.
    """

    __slots__ = ("bindings", "home", "is_upgrade", "lenience", "named")

    def __init__(
        self,
        bindings: Bindings,
        home: Callable[[str], str] = same_text,
        named: NamedPlaces | None = None,
        lenience: Lenience | None = None,
    ) -> None:
        self.bindings = bindings
        self.home = home
        self.named = named
        self.lenience = lenience
        self.is_upgrade = False

    def ignores(self, path: str) -> bool:
        """Whether the user excluded this place from comparison."""
        return self.named is not None and self.named.ignores(path)

    def is_named(self, path: str) -> bool:
        """Whether the user named this place: its content is compared as one value, without its structure."""
        return self.named is not None and self.named.frees(path)

    def renamed(self, recorded: Sequence[str], actual: Sequence[str]) -> dict[str, str]:
        """The actual name for each recorded name that holds placeholders.

        See `harness.match.redacted_names.actual_names`.
        """
        return actual_names(recorded, actual, self.bindings)

    def finding(self, path: str, place: Place | None, recorded: object, actual: object) -> RawDifference | None:
        """How two values differ, or None if the actual one is accepted in place of the recorded one."""
        if self.named is not None:
            if self.named.ignores(path):
                return None
            if self.named.binds(path) and recorded is not ABSENT and actual is not ABSENT:
                return self.bound(path, recorded, actual)
        if place is None:
            return self._plain(path, recorded, actual)
        if place.secret:
            return self._secret(path, place, recorded, actual)
        if isinstance(recorded, str) and isinstance(actual, str):
            return self._volatile(path, place, recorded, actual)
        if place.kind in {"id", "time"} and _is_number(recorded) and _is_number(actual):
            return None
        return self._plain(path, recorded, actual)

    # ------------------------------------------------------------ places without a rule

    def _plain(self, path: str, recorded: object, actual: object) -> RawDifference | None:
        if recorded == actual and isinstance(recorded, bool) == isinstance(actual, bool):
            return self._equal(path, recorded)
        if isinstance(recorded, str) and isinstance(actual, str):
            return self._text(path, recorded, actual)
        if _is_number(recorded) and _is_number(actual):
            return self._number(path, recorded, actual)
        return RawDifference(path, recorded, actual)

    def _equal(self, path: str, value: object) -> RawDifference | None:
        """Equal values match, unless this session has already bound either of them to another value."""
        if not self.bindings.has_displaced or not isinstance(value, (str, int)) or isinstance(value, bool):
            return None
        text = str(value)
        if self.bindings.means_itself(text) and slots_replaced(text, self.bindings.actual) == text:
            return None
        if self.lenience is not None and (self._exchanged(text, text) or self._generated(path, text, text)):
            return None
        return RawDifference(path, value, value, note="in this session it stands for another value of the recording")

    def _text(self, path: str, recorded: str, actual: str) -> RawDifference | None:
        if self.bindings.actual(recorded) == actual:
            return None
        ours, theirs = self.home(recorded), self.home(actual)
        if ours == theirs:
            return self._equal(path, ours)
        if may_hold(ours):
            return self._with_placeholders(path, ours, theirs)
        if slots_replaced(ours, self.bindings.actual) == theirs:
            return None
        if self.lenience is not None and self._is_made_up(path, recorded, actual, self.lenience):
            return None
        return RawDifference(path, recorded, actual)

    def _is_made_up(self, path: str, recorded: str, actual: str, lenience: Lenience) -> bool:
        """Whether two texts differ only in counters, issued values, or values that a client makes up in each run."""
        if lenience.counts(path, recorded, actual) or lenience.exchanges(recorded, actual, self.bindings):
            return True
        if self._generated(path, self.home(recorded), self.home(actual)):
            return True
        look = made_up_look(path, recorded, actual)
        return look is not None and self._take(path, [Pair(recorded, actual, look)])

    def _number(self, path: str, recorded: object, actual: object) -> RawDifference | None:
        ours, theirs = _digits(recorded), _digits(actual)
        if self.bindings.actual(ours) == theirs or self._is_like_number(path, recorded, actual):
            return None
        if self.lenience is not None and self.lenience.exchanges(ours, theirs, self.bindings):
            return None
        return RawDifference(path, recorded, actual)

    def _is_like_number(self, path: str, recorded: object, actual: object) -> bool:
        lenience = self.lenience
        if lenience is None:
            return False
        if lenience.counts(path, recorded, actual):
            return True
        assert isinstance(recorded, (int, float)) and isinstance(actual, (int, float))  # noqa: PT018  # one fact
        both = _digits(recorded), _digits(actual)
        if is_time(recorded, lenience.clocks.recorded) and is_time(actual, lenience.clocks.actual):
            return self._take(path, [Pair(*both, "time")])
        if is_fine(recorded) and is_fine(actual):
            return self._take(path, [Pair(*both, "clock")])
        return are_random_numbers(recorded, actual) and self._take(path, [Pair(*both, "number")])

    def _generated(self, path: str, recorded: str, actual: str) -> bool:
        assert self.lenience is not None
        found = pairs(recorded, actual, self.lenience.clocks, self.bindings.actual, issued=True)
        return found is not None and self._take(path, found)

    def _take(self, path: str, found: list[Pair]) -> bool:
        assert self.lenience is not None
        for pair in found:
            if pair.look in {"time", "clock"}:
                if not self.lenience.accepts(path, pair):
                    return False
                # A time identifies nothing: two times that differed in the recording may be equal in a replay.
                self.bindings.bind_loosely(pair.recorded, pair.actual)
            elif self.bindings.actual(pair.recorded) != pair.actual:
                if self.lenience.exchanges(pair.recorded, pair.actual, self.bindings):
                    continue
                if pair.look == "issued":
                    return False
                if self.bindings.contradicts(pair.recorded, pair.actual) or not self.lenience.accepts(path, pair):
                    return False
                self.bindings.bind(pair.recorded, pair.actual)
            elif self.bindings.has_moved(pair.recorded):
                continue
            self.bindings.accepted.append(Accepted(path, pair.look))
        return True

    # ------------------------------------------------------------ placeholders, and the places of secrets

    def _with_placeholders(self, path: str, recorded: str, actual: str) -> RawDifference | None:
        replaced = slots_replaced(recorded, self.bindings.actual)
        # Once values changed places, a text that was recorded word for word may mean another client.
        found = None if self.bindings.has_displaced and replaced != recorded else captured(recorded, actual)
        if found is None:
            found = captured(replaced, actual)
        if found is None and self.lenience is not None:
            both = captured_with_generated(
                recorded, actual, self.lenience.clocks, self.lenience.is_issued, self.bindings.actual
            )
            if both is not None and self._take(path, both[1]):
                found = both[0]
            elif both is None:
                found = captured_counted(recorded, actual)
        if found is None:
            return RawDifference(path, recorded, actual)
        return self._bind_all(path, recorded, actual, found)

    def _bind_all(self, path: str, recorded: str, actual: str, found: list[Captured]) -> RawDifference | None:
        for each in found:
            other = self._conflict(each)
            if other is not None:
                return RawDifference(path, recorded, actual, note=other)
            self.bindings.bind(each.placeholder, each.value)
        return None

    def _conflict(self, each: Captured) -> str | None:
        """Why a placeholder cannot stand for a value, as a note; None if it can."""
        bound = self.bindings.actual(each.placeholder)
        if bound == each.value:
            return None
        if bound is not None:
            return f"{UNTOLD}; in this session {each.placeholder} stands for another value"
        owner = self.bindings.recorded(each.value)
        if owner is not None:
            return f"{UNTOLD}; in this session this value stands for {owner}"
        if each.value != each.placeholder and is_placeholder(each.value):
            return "it is another placeholder of the recording"
        return None

    def _secret(self, path: str, place: Place, recorded: object, actual: object) -> RawDifference | None:
        if (
            isinstance(recorded, str)
            and isinstance(actual, str)
            and fits(place.kind, recorded)
            and fits(place.kind, actual)
        ):
            return self._secret_text(path, recorded, actual)
        if recorded == actual:
            return None
        if _is_number(recorded) and _is_number(actual):
            return self._secret_number(path, str(recorded), str(actual))
        return RawDifference(path, recorded, actual, secret=True)

    def _secret_number(self, path: str, recorded: str, actual: str) -> RawDifference | None:
        conflict = self._conflict(Captured(recorded, actual)) if is_placeholder(recorded) else None
        if conflict is not None:
            return RawDifference(path, recorded, actual, secret=True, note=conflict)
        if is_placeholder(recorded):
            self.bindings.bind(recorded, actual)
        return None

    def _secret_text(self, path: str, recorded: str, actual: str) -> RawDifference | None:
        if not may_hold(recorded):
            return None
        whole = [Captured(recorded, actual)] if is_placeholder(recorded) else captured(recorded, actual)
        for each in whole or ():
            conflict = self._conflict(each)
            if conflict is None:
                self.bindings.bind(each.placeholder, each.value)
            elif self.is_upgrade:
                # Merged takes have a placeholder each for the same credential of the user.
                self.bindings.bind_loosely(each.placeholder, each.value)
            else:
                return RawDifference(path, recorded, actual, secret=True, note=conflict)
        return None

    # ------------------------------------------------------------ places of values that vary

    def _volatile(self, path: str, place: Place, recorded: str, actual: str) -> RawDifference | None:
        if place.kind not in BOUND_KINDS:
            same = recorded == actual or fits(place.kind, actual)
            return None if same else RawDifference(path, recorded, actual, note=f"not of the kind `{place.kind}`")
        bound, owner = self.bindings.actual(recorded), self.bindings.recorded(actual)
        if bound is None and owner is None:
            if recorded != actual and not fits(place.kind, actual):
                return RawDifference(path, recorded, actual, note=f"not of the kind `{place.kind}`")
            if not self._exchanged(recorded, actual):
                self.bindings.bind(recorded, actual)
            return None
        if bound == actual or self._exchanged(recorded, actual):
            return None
        stands = f'the recorded "{recorded}" stands for "{bound}"'
        if bound is None:
            stands = f'"{actual}" stands for the recorded "{owner}"'
        return RawDifference(path, recorded, actual, note=f"in this session {stands}")

    def _exchanged(self, recorded: str, actual: str) -> bool:
        """Bind two values that the service issued to each other, if they can be paired; returns whether it did."""
        return self.lenience is not None and self.lenience.exchanges(recorded, actual, self.bindings)

    def bound(self, path: str, recorded: object, actual: object) -> RawDifference | None:
        """Bind the value at a place where any value of the same type is accepted, one to one."""
        if isinstance(recorded, str) != isinstance(actual, str) or _is_number(recorded) != _is_number(actual):
            return RawDifference(path, recorded, actual, note="another type than recorded")
        if not isinstance(recorded, str) and not _is_number(recorded):
            return self._plain(path, recorded, actual)
        ours, theirs = _digits(recorded), _digits(actual)
        if self.bindings.contradicts(ours, theirs):
            return RawDifference(path, recorded, actual, note="in this session another value stands for it")
        self.bindings.bind(ours, theirs)
        return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _digits(value: object) -> str:
    return value if isinstance(value, str) else repr(value)

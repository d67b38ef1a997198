"""`SocketChoice`: which recorded sockets a client's socket may still be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, KeysView, Sequence
from typing import Protocol, cast

from harness.match.compare import Rules
from harness.match.request import ParsedMessage
from harness.replay.candidates import Candidate
from harness.replay.entries import ReplayEntry
from harness.replay.fitted_tapes import Shape, reordered_like
from harness.replay.issued import Exchanged, Renaming
from harness.replay.likeness import Likeness
from harness.replay.rendering import Rendering


class Choose(Protocol):
    """A function that chooses one of a socket's candidates; see `UndecidedSockets.choose`."""

    def __call__(self, choice: SocketChoice, line: int | None = None, /) -> Candidate:
        """The candidate to take."""
        ...


class SocketChoice:
    """The candidates of one socket, until the client's messages leave one.

    While it is undecided the player sends only what all candidates send. Candidates that greet alike, but for their
    values, may share a greeting: then the socket leads with the lines of one of them and stays undecided.

    Args:
        candidates: The recorded sockets that match the upgrade, in file order.
        rules: How the client's messages are compared.
        rendering: Puts the session's values into what is sent.
        choose: Returns the candidate to take where nothing tells them apart; see `UndecidedSockets.choose`.
        likeness: Compares what candidates send.
        on_decided: Called once, with the recorded socket that this one is.

    Attributes:
        indices: The places of the candidates in the cassette, from 0.
        leads: Number of a line that was sent while it was undecided -> the recorded socket whose line that was.
    """

    def __init__(
        self,
        candidates: Sequence[Candidate],
        rules: Rules,
        rendering: Rendering,
        *,
        choose: Choose,
        likeness: Likeness,
        on_decided: Callable[[Candidate], None],
    ) -> None:
        self.leads: dict[int, ReplayEntry] = {}
        self._by_index: dict[int, Candidate]
        self.indices: KeysView[int]
        self._candidates: tuple[Candidate, ...] | None = None
        self._keep(candidates)
        self._rules = rules
        self._rendering = rendering
        self._choose = choose
        self._likeness = likeness
        self._on_decided = on_decided
        self._is_decided = False
        self._agreed = 0
        # Whether the line that is sent next stays chosen: it may be that of a candidate that is none any more.
        self._is_settled = False
        self._differing = False
        self._tellable: tuple[int, int, bool] | None = None
        self._no_guess: tuple[int, int] | None = None
        self._lost = "socket"

    @property
    def candidates(self) -> Sequence[Candidate]:
        """The recorded sockets that it may be; the one whose lines are sent first, then in file order."""
        if self._candidates is None:
            self._candidates = tuple(self._by_index.values())
        return self._candidates

    @property
    def first(self) -> Candidate:
        """The candidate whose lines are sent; at least one must be left."""
        return next(iter(self._by_index.values()))

    @property
    def is_decided(self) -> bool:
        """Whether it is known which recorded socket it is."""
        return self._is_decided

    @property
    def label(self) -> str:
        """Name of the socket in reports: its first candidate's or, if none is left, that of the last candidate."""
        return self.first.entry.label if self._by_index else self._lost

    # ------------------------------------------------------------ fewer and further candidates

    def narrow(self, candidates: Sequence[Candidate]) -> None:
        """Keep only these candidates: the others do not match what the client sent."""
        self._keep(candidates)
        self._is_settled = False

    def widen(self, further: Iterable[Candidate]) -> None:
        """Add candidates, to which all applies that was sent and received so far."""
        self._keep([*self.candidates, *further])
        self._tellable = None
        self._is_settled = False

    def _keep(self, candidates: Iterable[Candidate]) -> None:
        self._by_index = {each.entry.index: each for each in candidates}
        self.indices = self._by_index.keys()
        self._candidates = None

    def drop(self, entry: ReplayEntry) -> None:
        """Remove a recorded socket that another socket turned out to be; no candidate may be left."""
        if self._by_index.pop(entry.index, None) is None:
            return
        self._candidates = None
        if not self._by_index:
            self._lost = entry.label
        self._is_settled = False

    def forget_unsent(self, sent: int) -> None:
        """Forget whose lines come next: so many were sent."""
        self.leads = {number: entry for number, entry in self.leads.items() if number < sent}

    def swap(self, taken: ReplayEntry, free: ReplayEntry, renaming: Renaming, shape: Shape) -> None:
        """Have the candidate ``taken`` be ``free`` from now on; see `UndecidedSockets.swapped`."""
        changed = {taken: free, free: taken}
        self.leads = {number: changed.get(entry, entry) for number, entry in self.leads.items()}
        candidate = self._by_index.get(taken.index)
        if candidate is None:
            return
        tape = None if free.tape is None else reordered_like(candidate.tape, candidate.matched, free.tape, shape)
        if tape is None:
            self.drop(taken)
            return
        candidate.entry, candidate.tape, candidate.noticed = free, tape, ()
        self._keep(self.candidates)
        candidate.bindings.rename(renaming.values)
        candidate.bindings.swaps = [
            each.renamed(renaming) for each in cast("list[Exchanged]", candidate.bindings.swaps)
        ]
        self._tellable = None

    def decide_if_single(self) -> None:
        """Decide, if one candidate is left."""
        if not self._is_decided and len(self._by_index) == 1:
            self._decide(self.first)

    def decide(self) -> None:
        """Decide for a candidate although nothing tells the candidates apart; does nothing if none is left."""
        if not self._is_decided and self._by_index:
            self._decide(self._choose(self))

    def _decide(self, candidate: Candidate) -> None:
        self._keep([candidate])
        self._is_decided = True
        self._differing = False
        self._on_decided(candidate)

    # ------------------------------------------------------------ what all candidates send

    def shared_lines(self, sent: int, matched: int) -> int:
        """How many lines may be sent because all candidates send them; decides if nothing can tell them apart.

        Args:
            sent: How many of the server's lines were sent.
            matched: How many of the client's messages were matched.
        """
        if not self._is_settled:
            self._is_settled = True
            self._agreed = min(self._agreed, sent)
            self.forget_unsent(sent)
        if self._by_index and self._agreed <= sent:
            self._settle(sent, matched)
        return max(0, self._agreed - sent)

    def _settle(self, sent: int, matched: int) -> None:
        if not self._can_tell(matched):
            self._decide(self._choose(self))
            return
        sending = [each for each in self.candidates if each.may_send(sent, matched)]
        if len(sending) == len(self._by_index) and self._next_is_shared(sent, matched):
            self._take_the_lead(sent)
            self._agreed = sent + 1
            self._differing = False
        else:
            self._differing = bool(sending) or any(each.is_at_server_end(sent, matched) for each in self.candidates)

    def _can_tell(self, matched: int) -> bool:
        """Whether later messages of the client can tell the candidates apart: their remaining messages differ."""
        if "messages" not in self._rules.match_on.names:
            return False
        known = self._tellable
        if known is None or known[:2] != (matched, len(self._by_index)):
            first, *others = (each.tape.client_messages for each in self.candidates)
            differs = any(not _are_equal(first, each, matched) for each in others)
            known = self._tellable = (matched, len(self._by_index), differs)
        return known[2]

    def _next_is_shared(self, sent: int, matched: int) -> bool:
        first, *others = self.candidates
        frame = first.tape.frame(sent, self.renderer(first))
        return all(
            self.greets_alike(first, each, sent, matched) or each.tape.frame(sent, self.renderer(each)) == frame
            for each in others
        )

    def greets_alike(self, first: Candidate, other: Candidate, sent: int, matched: int) -> bool:
        """Whether another candidate may send the next line of the first one, too, but for its values."""
        return other.may_send(sent, matched) and self._sends_alike(first, other, sent)

    def _is_only_ahead(self, first: Candidate, other: Candidate, sent: int, matched: int) -> bool:
        """Whether the next line differs in nothing but the moment: the other client had sent more of the same by then.

        A client that does not wait for replies sends as much before them as chance has it.
        """
        if sent >= len(other.tape) or not self._sends_alike(first, other, sent):
            return False
        early = slice(matched, other.tape.gates[sent])
        ours, theirs = (each.tape.client_messages[early] for each in (first, other))
        return [each.data for each in ours] == [each.data for each in theirs]

    def _sends_alike(self, first: Candidate, other: Candidate, sent: int) -> bool:
        one, two = first.tape.line(sent), other.tape.line(sent)
        return one.kind == two.kind and self._likeness.are_alike(one.data, two.data)

    def _take_the_lead(self, sent: int) -> None:
        """Choose the candidate whose line the player sends next, and put it first.

        Preferably one of which no other undecided socket was sent that line.

        Args:
            sent: The line's number.
        """
        first = self._choose(self, sent)
        self._keep([first, *(each for each in self.candidates if each is not first)])
        self.leads[sent] = first.entry

    def renderer(self, candidate: Candidate) -> Callable[[bytes], bytes]:
        """Return a function that renders payloads with the bindings that hold if the socket is this candidate."""
        rendering = self._rendering
        if self._is_decided:
            return lambda payload: rendering.payload(payload, candidate.bindings)
        own, counters = {**rendering.own, **candidate.own}, {**rendering.counters, **candidate.counters}
        return lambda payload: rendering.payload(payload, candidate.bindings, own, counters)

    # ------------------------------------------------------------ a guess

    def can_guess(self, matched: int) -> bool:
        """Whether candidates differ in what they do next, so that a guess lets the socket go on."""
        return self._differing and self._no_guess != (matched, len(self._by_index))

    def guess(self, sent: int, matched: int) -> bool:
        """Decide for the first candidate, because the client sent nothing in time that tells the candidates apart.

        It leaves those candidates that send alike but for their values, or do so after more messages of the client that
        all have in common.

        Args:
            sent: How many of the server's lines were sent.
            matched: How many of the client's messages were matched.

        Returns:
            Whether anything may be sent, or end, now.
        """
        if self._is_decided or not self._by_index:
            return False
        first = self._choose(self, sent)
        if not first.may_send(sent, matched):
            if first.is_at_server_end(sent, matched):
                self._decide(first)
                return True
            self._no_guess = (matched, len(self._by_index))
            return False
        alike = [
            each
            for each in self.candidates
            if each is first
            or self.greets_alike(first, each, sent, matched)
            or self._is_only_ahead(first, each, sent, matched)
        ]
        if len(alike) == 1:
            self._decide(first)
        else:
            self._keep([first, *(each for each in alike if each is not first)])
            self.forget_unsent(sent)
            self._agreed = sent + 1
            self._is_settled = True
            self.leads[sent] = first.entry
        return True


def _are_equal(one: Sequence[ParsedMessage], other: Sequence[ParsedMessage], start: int) -> bool:
    """Whether two clients send equal messages from number ``start`` on."""
    if len(one) != len(other):
        return max(len(one), len(other)) <= start
    return all(one[number].data == other[number].data for number in range(start, len(one)))

"""`HeadRules`: what a cassette's head says of how a replay compares."""

from __future__ import annotations

from typing import Final

import msgspec

from harness.cassette.model import Cassette


class HeadRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may differ in every replay of a cassette; see `harness.cassette.model.Cassette`.

    Attributes:
        ignore: Places whose values count for nothing.
        bind: Places at which any value stands for the recorded one.
        match_on: What has to be equal; empty for the default.
    """

    ignore: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    match_on: tuple[str, ...] = ()

    @classmethod
    def of(cls, cassette: Cassette) -> HeadRules:
        """What a cassette says."""
        return cls(ignore=cassette.ignore, bind=cassette.bind, match_on=cassette.match_on)

    def on(self, cassette: Cassette) -> Cassette:
        """The cassette, saying this."""
        if self == HeadRules.of(cassette):
            return cassette
        return msgspec.structs.replace(cassette, ignore=self.ignore, bind=self.bind, match_on=self.match_on)


NO_RULES: Final = HeadRules()


def with_rules_of(new: Cassette, old: Cassette | None) -> Cassette:
    """A take that says nothing of how it is compared, with what the cassette says whose place it takes."""
    return new if old is None or HeadRules.of(new) != NO_RULES else HeadRules.of(old).on(new)

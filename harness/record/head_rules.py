"""`HeadRules`: the matching rules in a cassette's head."""

from __future__ import annotations

from typing import Final

import msgspec

from harness.cassette.model import Cassette


class HeadRules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The rules for every replay of a cassette; see `harness.cassette.model.Cassette`.

    Attributes:
        ignore: Places whose values are not compared.
        bind: Places at which any value is accepted, and bound to the recorded one.
        match_on: The parts of a request that must be equal; empty for the default.
    """

    ignore: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    match_on: tuple[str, ...] = ()

    @classmethod
    def of(cls, cassette: Cassette) -> HeadRules:
        """The matching rules in a cassette's head."""
        return cls(ignore=cassette.ignore, bind=cassette.bind, match_on=cassette.match_on)

    def on(self, cassette: Cassette) -> Cassette:
        """The cassette with these matching rules in its head, in place of its own."""
        if self == HeadRules.of(cassette):
            return cassette
        return msgspec.structs.replace(cassette, ignore=self.ignore, bind=self.bind, match_on=self.match_on)


NO_RULES: Final = HeadRules()


def with_rules_of(new: Cassette, old: Cassette | None) -> Cassette:
    """A take, with the rules of the cassette that it replaces if it has none of its own."""
    return new if old is None or HeadRules.of(new) != NO_RULES else HeadRules.of(old).on(new)

"""`Relayed`: a relay to whoever is upstream, and the recording that it tells; what all modes that go live share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harness.cassette.model import Cassette
from harness.errors import HarnessError
from harness.netblock import exempted
from harness.pages import allowed_pages
from harness.proxy.parents import Parents
from harness.pytest_plugin.backing.upstream import Upstream
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.plan import Plan
from harness.pytest_plugin.servers import Servers
from harness.record.hooks import RecordHooks
from harness.record.options import RecordingOptions, SaveOptions
from harness.record.recording import Recording
from harness.redact.placeholders import FIRST_TOKEN
from harness.relay.relay import Relay
from harness.relay.token_swap import TokenSwap
from harness.services.copilot import COPILOT
from harness.sessions import describe_origin

_CLIENT: Final = "pytest"


def _origin_of(url: str) -> str:
    """What a cassette says about where it comes from; asked also while the block of another wire is in force."""
    with exempted():
        return describe_origin(url)


class Relayed:
    """A relay with its recording and its upstream.

    Attributes:
        token: What clients are to send, which the relay replaces by the user's own; None for anonymous ones.
        generation: Of a fake upstream, else None.

    Args:
        plan: What is recorded, from whom.
        servers: Where a fake upstream may run.
        journal: Whether a recording that is killed leaves something behind.

    Raises:
        WireFailure: There is no such upstream.
    """

    def __init__(self, plan: Plan, servers: Servers, *, journal: bool) -> None:
        self._upstream = Upstream(plan.config, servers)
        try:
            token = self._upstream.token()
            allowed_pages(plan.config.allowed_origins, swaps_token=token not in (None, FIRST_TOKEN))
            hooks = RecordHooks(
                before_request=plan.config.before_record_request,
                before_response=plan.config.before_record_response,
                ignore_hosts=plan.config.ignore_hosts,
            )
            self.recording = Recording(
                plan.path or Path(),
                COPILOT,
                by="relay",
                client=_CLIENT,
                origin=_origin_of(self._upstream.url),
                options=RecordingOptions(
                    hooks=hooks,
                    journal=journal,
                    redact=plan.config.secret_places,
                    redact_personal=plan.config.redact_personal,
                ),
            )
            stand_in = None if token is None else TokenSwap.of(token, self.recording.redactor)
            # What a test sets for its clients, a proxy of its own above all, is not for the relay.
            settings = Parents().fixed(None, self._upstream.url)
            self.relay = Relay(self._upstream.url, COPILOT, self.recording, settings=settings, stand_in=stand_in)
        except HarnessError as error:
            self._upstream.close()
            raise WireFailure(f"config: {error}") from None
        except BaseException:
            self._upstream.close()
            raise
        self.token = None if stand_in is None else stand_in.shown
        self.generation = self._upstream.generation

    def write(self, into: SaveOptions, aside: Path | None) -> Cassette:
        """Finish the recording.

        Args:
            into: Where to, and what becomes of what is there.
            aside: Another place, where it is written anew.

        Raises:
            HarnessError: It cannot be written; an old cassette stays.
        """
        target = aside or into.path or self.recording.path
        target.parent.mkdir(parents=True, exist_ok=True)
        return self.recording.finish(into if aside is None else SaveOptions(path=aside))

    def close(self) -> None:
        """Let go of everything; what is not written is kept in a journal if something passed, and if there is one."""
        if not self.recording.reached_service:
            self.recording.discard()
        else:
            self.recording.close()
        self._upstream.close()

"""`Pair`: a client and a server that nobody here wrote."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.support.project.tree import ROOT


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """A client and a server.

    Attributes:
        name: What it is called.
        cause: Which kinds of trouble it brings, by the letters of the `registry`.
        server: Port and folder -> the command that serves there.
        client: -> the command that finds the server in ``WIRETAPE_URL``.
        secrets: Variable of both programs -> makes its value, which may stand nowhere in the recording.
        learn: Which of these the recorder is told of.
        options: Further options of ``record`` and ``replay``.
        variables: -> further variables of both programs.
        awaits: What is still to be built before it can pass; empty where it must.
    """

    name: str
    cause: str
    server: Callable
    client: Callable
    secrets: Mapping = field(default_factory=dict)
    learn: tuple = ()
    options: tuple = ()
    variables: Callable = dict
    awaits: str = ""

    def install(self):
        """Install both halves."""
        self.client()
        self.server(0, ROOT)

    def environment(self):
        """Variables of both programs that are no secrets."""
        return {"PYTHONPATH": str(ROOT), **self.variables()}

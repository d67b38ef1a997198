"""The fake as copilot.microsoft.com: with a certificate for that name, and with an eye on what it is asked."""

import base64
import contextlib
import hashlib
import ssl

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fake_server.script import Config, Script
from fake_server.tracing import Traced
from tests.real_clients.namespace import HOST

ORIGIN = f"https://{HOST}"


class Certified:
    """A certificate for the service's name.

    Attributes:
        context: For the server.
        authority: PEM of who is to be trusted.
        key_hash: Base64 of the SHA-256 of its public key: what Chromium can be told to accept.
    """

    def __init__(self):
        authority = trustme.CA()
        leaf = authority.issue_cert(HOST, "localhost", "127.0.0.1")
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.set_alpn_protocols(["http/1.1"])
        leaf.configure_cert(self.context)
        self.authority = authority.cert_pem.bytes()
        public = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).public_key()
        encoded = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_hash = base64.b64encode(hashlib.sha256(encoded).digest()).decode()


class Seen:
    """What the service was asked.

    Attributes:
        requests: All requests, with headers by name.
        prompts: What each message asked, as scenarios see it.
        trace: What happened, line by line, with what it rests on.
    """

    def __init__(self):
        self.requests = []
        self.prompts = []
        self.trace = []


class _Head:
    def __init__(self, request):
        self.path = request.path
        self._headers = dict(request.headers)

    def header(self, name, default=None):
        return self._headers.get(name, default)


class _Watched:
    """A stage in front of the script that writes down what comes."""

    def __init__(self, script, seen):
        self._script, self._seen = script, seen

    async def handle(self, request):
        self._seen.requests.append(_Head(request))
        return await self._script.handle(request)

    async def close(self):
        await self._script.close()


@contextlib.contextmanager
def running(client, scenario, way, *, strict=False):
    """The service for one cell of the table; gives what it sees, and how to come to it."""
    seen = Seen()
    settings = {"generation": client.generation, "strict": strict, **scenario.service}
    script = Script(Config(**settings, claim=seen.prompts.append))
    with way.serving(Traced(_Watched(script, seen), seen.trace.append), strict=strict) as entrance:
        yield seen, entrance

"""The random values of one run, and the log in which they are replaced by the names of their slots."""

from __future__ import annotations

import base64
import json
import random
import re
import string
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.identity.plan import Field, Issued, Made, Secret, Value, Word

ALPHANUMERIC = string.ascii_letters + string.digits
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ISSUED = re.compile(r'\b(?:new_\w+|access_token)"?\s*[:=>]\s*"?([^\s&<>",}]+)')
"""The names under which a service issues values, however its answer is written."""
PROSE = "Please tell {} about it, today."


def letters(chance: random.Random, count: int, of: str = ALPHANUMERIC) -> str:
    return "".join(chance.choices(of, k=count))


def uuid_of(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def jwt_of(chance: random.Random) -> str:
    claims = {"sub": letters(chance, 20), "iat": chance.randrange(10**9)}
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    head = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{letters(chance, 43)}"


def made(kind: str, chance: random.Random, now: datetime) -> str:
    """A new value, as programs generate them."""
    match kind:
        case "uuid":
            return uuid_of(chance)
        case "hex32" | "hex16":
            return f"{chance.getrandbits(4 * int(kind[3:])):0{kind[3:]}x}"
        case "ulid":
            stamp, digits = round(now.timestamp() * 1000), ""
            for _ in range(10):
                stamp, digit = divmod(stamp, 32)
                digits = _CROCKFORD[digit] + digits
            return digits + letters(chance, 16, _CROCKFORD)
        case "nanoid":
            return letters(chance, 21, ALPHANUMERIC + "_-")
        case "base64":
            return base64.b64encode(chance.randbytes(16)).decode()
        case "time":
            return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
        case "time_ms":
            return str(round(now.timestamp() * 1000))
        case _:
            return str(round(now.timestamp()))


def secret(look: str, chance: random.Random) -> str:
    """A new secret of that look."""
    match look:
        case "email":
            return f"{letters(chance, 9, string.ascii_lowercase)}@{letters(chance, 7, string.ascii_lowercase)}.example"
        case "jwt":
            return jwt_of(chance)
        case _:
            return letters(chance, 32)


def issued(kind: str, chance: random.Random) -> str:
    """A new value of the service's."""
    match kind:
        case "short":
            return letters(chance, 21)
        case "uuid":
            return uuid_of(chance)
        case "number":
            return str(chance.randrange(10**7, 10**8))
        case _:
            return jwt_of(chance)


class Session:
    """What all tasks of one run share: its chance, its clock, its secrets."""

    def __init__(self, seed: object, ago: timedelta = timedelta()) -> None:
        self.chance = random.Random(repr(seed))
        self.ago = ago
        self.secrets: dict[Secret, str] = {}

    def now(self) -> datetime:
        return datetime.now(UTC) - self.ago

    def secret(self, value: Secret) -> str:
        if value not in self.secrets:
            self.secrets[value] = secret(value.look, self.chance)
        return self.secrets[value]


class Memory:
    """What one task knows: values that it made, values that were issued to it, and what it saw."""

    def __init__(self, session: Session, number: int) -> None:
        self.session = session
        self.chance = random.Random(f"{session.chance.random()} {number}")
        self.made: dict[Made, str] = {}
        self.issued: list[str] = []
        self.counts: list[int] = []
        self._seen: list[str] = []

    def text(self, value: Value) -> str:
        """What a value is in this run."""
        match value:
            case Word(text):
                return text
            case Secret():
                return self.session.secret(value)
            case Issued(number):
                return self.issued[number % len(self.issued)] if self.issued else "nothing"
            case Made(kind):
                if value not in self.made:
                    # Two times of one run differ, too.
                    now = self.session.now() + timedelta(seconds=1.7 * len(self.made))
                    self.made[value] = made(kind, self.chance, now)
                return self.made[value]

    def field(self, field: Field) -> tuple[str, str]:
        text = self.text(field.value)
        if field.name == "authorization":
            text = f"Bearer {text}"
        return field.name, PROSE.format(text) if field.prose else text

    def fields(self, fields: tuple[Field, ...]) -> list[tuple[str, str]]:
        return [self.field(each) for each in fields]

    def count(self) -> int:
        """The next number of a message, as JSON-RPC counts them; each run begins elsewhere."""
        self.counts.append(self.counts[-1] + 1 if self.counts else self.chance.randrange(10**5, 10**6))
        return self.counts[-1]

    def saw(self, what: str, text: str | bytes = "") -> None:
        """Note something for the log, and learn what the service issues there."""
        shown = text if isinstance(text, str) else text.decode("latin-1")
        self.issued += [value for value in _ISSUED.findall(shown) if value not in self.issued]
        self._seen.append(f"{what} {shown}".rstrip())

    def log(self) -> list[str]:
        """What was seen, with names in the places of this run's values."""
        names = dict(self._names())
        if not names:
            return self._seen
        longest_first = sorted(names, key=len, reverse=True)
        sought = re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![A-Za-z0-9])")
        return [sought.sub(lambda found: names[found.group()], line) for line in self._seen]

    def _names(self) -> Iterator[tuple[str, str]]:
        for number, value in enumerate(self.issued):
            yield value, f"<issued {number}>"
        for count, value in enumerate(self.counts):
            yield str(value), f"<count {count}>"
        for key, value in self.session.secrets.items():
            yield value, f"<{key.look} {key.slot}>"
        for one, value in self.made.items():
            yield value, f"<{one.kind} {one.slot}>"

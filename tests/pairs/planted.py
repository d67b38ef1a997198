"""The search for planted secrets in what recorder and player leave behind."""

import base64
import urllib.parse


def places_of(cassette, planted, said, state):
    """Where planted secrets stand: a line for each, with the form that it has there; none must.

    Args:
        cassette: The cassette, whose side files are looked at, too.
        planted: Mappings of name to value.
        said: What the commands said, by step.
        state: The folder where journals lie.
    """
    folder = cassette.parent
    kept = [*folder.glob(f"{cassette.stem}*"), *folder.glob(f"{cassette.stem}*/**/*"), *state.rglob("*")]
    paths = sorted({path for path in kept if path.is_file()})
    places = {path.name: path.read_bytes() for path in paths} | {step: text.encode() for step, text in said.items()}
    found = [
        f"{name} in {place} ({form})"
        for place, content in places.items()
        for secrets in planted
        for name, value in secrets.items()
        for form, look in forms(value)
        if look in content
    ]
    return list(dict.fromkeys(found))


def forms(value):
    """How that value may stand in a file: name of the form, and the bytes to look for."""
    raw = value.encode()
    yield "as it is", raw
    yield "in hex", raw.hex().encode()
    if (quoted := urllib.parse.quote(value, safe="").encode()) != raw:
        yield "percent-encoded", quoted
    for shift in range(3):
        # Of base64 only the groups that the neighbours' bytes do not touch are the same everywhere.
        text = base64.b64encode(bytes(shift) + raw)
        start, end = (0, 4, 4)[shift], len(text) - 4
        yield "in base64", text[start:end]

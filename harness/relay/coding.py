"""Which decoder takes the content coding off a response.

The relay decodes because it maps origins in bodies, and redacts them. A body whose coding is unknown, or differs from
its header, is passed on as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.decoding import CodingError, Decoder


def decoder_for(
    codings: tuple[str, ...], data: bytes, *, whole: bool, is_secret: Callable[[bytes], bool]
) -> Decoder | None:
    """The decoder for a body that begins with ``data``; None if the body is to be passed on undecoded.

    A whole body is decoded only if that is one stream and nothing else, as all clients read it: of what follows a
    stream, some make the rest of the text and others an error. One that holds secrets is decoded in any case.

    Args:
        codings: As `codings_of` gives them.
        data: What has come of the body.
        whole: Whether that is all of it.
        is_secret: Whether a decoded body must not be kept as it is.
    """
    if not codings:
        return None
    probe = Decoder(codings)
    try:
        found = b"".join(probe.feed(data))
    except CodingError:
        return None
    if whole and not (probe.exact or is_secret(found)):
        return None
    return Decoder(codings)

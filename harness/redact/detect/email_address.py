"""The look of an email address; a module of its own, because a replay needs this look and none of the others."""

from __future__ import annotations

from typing import Final

_FILE_ENDINGS: Final = rb"(?:png|jpe?g|gif|svg|webp|ico|avif|mp[34]|m?js|mjs|ts|css|html?|json|xml|pdf|txt|md|py)"
"""File suffixes after ``name@2x.`` and ``package@latest.``, which are not top-level domains."""
ADDRESS: Final = (
    rb"(?<![\\%A-Za-z0-9._+-])[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}(?!"
    + _FILE_ENDINGS
    + rb"\b)[A-Za-z]{2,24}\b"
)
"""Regular expression of an address, for bytes."""

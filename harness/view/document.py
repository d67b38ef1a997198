"""`document`: the page as one file, without any other resource.

Each script is a module and a file of ``page/``; the page holds them joined into one module, in the order of `_MODULES`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

_FOLDER: Final = files("harness.view") / "page"
_MODULES: Final = (
    "element.js",
    "pretty.js",
    "timing.js",
    "filter.js",
    "head.js",
    "rows.js",
    "lanes.js",
    "detail.js",
    "scrub.js",
    "compare.js",
    "views.js",
    "problems.js",
    "live.js",
    "app.js",
)
_IMPORT: Final = re.compile(r"^import .*\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)
# Inside a script element, these could end it or open a comment; in JSON they stand within strings only.
_MARKUP: Final = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))


def document(data: Mapping[str, Any]) -> bytes:
    """The page of `harness.view.session_data.session_data`, as HTML in UTF-8.

    Its policy allows its own script and style, by their hashes, and images in data URLs: nothing else runs or loads.

    Args:
        data: What the page shows; with ``live`` the page may ask its own server for more.
    """
    script, style = _script(), _asset("style.css")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    if data.get("live"):
        policy += "; connect-src 'self'"
    parts = {"policy": policy, "style": style, "script": script, "data": _json(data)}
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _asset("page.html")).encode()


def _json(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    for letter, escape in _MARKUP:
        text = text.replace(letter, escape)  # str.translate takes ten times as long
    return text


def _script() -> str:
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _asset(name))) for name in _MODULES)


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

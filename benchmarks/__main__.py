"""``python -m benchmarks [client] [player] [cassettes] [har] [relay] [plugin] [redaction]``: all of them by default."""

from __future__ import annotations

import importlib
import platform
import sys
from importlib.metadata import version

from harness.redact.byte_search import METHOD

_ALL = ("client", "player", "cassettes", "har", "relay", "plugin", "redaction")


def main() -> int:
    chosen = sys.argv[1:] or _ALL
    unknown = [name for name in chosen if name not in _ALL]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are {', '.join(_ALL)}", file=sys.stderr)
        return 2
    packages = ", ".join(f"{name} {version(name)}" for name in ("curl_cffi", "websockets", "msgspec", "PyYAML"))
    print(f"Python {platform.python_version()}, {packages}. Ratios are of medians within this run.")
    print(f"Redaction searches by {METHOD.__name__} (harness.redact.byte_search).")
    for name in chosen:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())

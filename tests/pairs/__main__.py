"""``python -m tests.pairs [NAME...]``: real clients and servers, directly, recorded, and replayed with the server gone."""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.pairs import registry, running
from tests.pairs.environment import InstallError

LIMIT = 330
"""Seconds after which no further pair is begun: all of it is to be over in six minutes."""


def main():
    options = _parser().parse_args()
    chosen = [registry.BY_NAME[name] for name in options.name or registry.BY_NAME]
    try:
        for pair in chosen:
            pair.install()
    except InstallError as error:
        print(f"pairs: {error}", file=sys.stderr)
        return 2
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pairs-") as folder, ThreadPoolExecutor(options.jobs) as pool:
        kept = options.keep or Path(folder)
        results = dict(
            zip(chosen, pool.map(lambda pair: _run(pair, kept / pair.name, begun + LIMIT), chosen), strict=True)
        )
    print(table(results))
    wrong = [pair for pair, result in results.items() if not _is_expected(pair, result)]
    right = sum(result.is_right for result in results.values())
    print(f"{len(results)} pairs, {right} right, {time.monotonic() - begun:.0f} s")
    if shown := results if options.verbose else {pair: results[pair] for pair in wrong}:
        print(_details(shown))
    return 1 if wrong else 0


def table(results):
    """The table that people read: a row for each pair."""
    rows = [("pair", "direct", "record", "replay x3", "secrets", "lint", "verdict")]
    for pair, result in results.items():
        rows.append((pair.name, *(_cell(result, step) for step in running.STEPS), _verdict(pair, result)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _run(pair, folder, deadline):
    if time.monotonic() > deadline:
        return running.Result({"direct": "no time left"})
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    result = running.run(pair, folder)
    if not _is_expected(pair, result) and time.monotonic() < deadline:
        # Other people's clients have time-outs of their own, which a busy machine exceeds: said, and tried once more.
        print(
            f"{pair.name}: {_verdict(pair, result)}, tried again{_details({pair: result})}", file=sys.stderr, flush=True
        )
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        result = running.run(pair, folder)
    print(f"{pair.name}: {_verdict(pair, result)}", file=sys.stderr, flush=True)
    return result


def _cell(result, step):
    said = result.steps.get(step, "-")
    return said if len(said) <= 28 else said[:27] + "…"


def _verdict(pair, result):
    if result.is_right:
        return "right, and was to wait for " + pair.awaits if pair.awaits else "right"
    return f"waits for {pair.awaits}" if pair.awaits else "WRONG"


def _is_expected(pair, result):
    return result.is_right != bool(pair.awaits)


def _details(results):
    return "\n".join(
        f"\n=== {pair.name} ({pair.cause}), {step}\n{text}"
        for pair, result in results.items()
        for step, text in result.details.items()
    )


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tests.pairs", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*registry.BY_NAME, []], help="only these pairs")
    parser.add_argument("--jobs", type=int, default=2, help="how many pairs at a time")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep cassettes and logs there")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell all of what went wrong")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)

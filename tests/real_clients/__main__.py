"""``python -m tests.real_clients``: other people's clients, unmodified, against the fake as copilot.microsoft.com."""

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.real_clients import cells, clients, scenarios
from tests.real_clients.environments import InstallError
from tests.real_clients.namespace import NoNamespaceError, check, enter, is_inside
from tests.real_clients.service import Certified
from tests.real_clients.table import failures, show
from tests.real_clients.ways import Door, Namespaces


def main():
    options = _parser().parse_args()
    chosen = [clients.BY_NAME[name] for name in options.client or clients.BY_NAME]
    columns = [scenarios.BY_NAME[name] for name in options.scenario or scenarios.BY_NAME]
    try:
        if not is_inside():
            by_namespaces = _by_namespaces(options)
            for client in chosen:
                if by_namespaces or not client.no_door:
                    client.install()
            if by_namespaces:
                return enter(sys.argv[1:])
    except (InstallError, NoNamespaceError) as error:
        print(f"real clients: {error}", file=sys.stderr)
        return 2
    begun = time.monotonic()
    columns = [column for column in columns if column is not scenarios.REPLAYED or not options.strict]
    way, results = _run(chosen, columns, options)
    print(show(results, columns))
    seconds = time.monotonic() - begun
    print(f"{len(results)} clients, {sum(map(len, results.values()))} cells, by {way.name}, {seconds:.0f} s")
    if options.json:
        told = {client.name: {name: vars(cell) for name, cell in row.items()} for client, row in results.items()}
        options.json.write_text(json.dumps({"way": way.name, "cells": told}, indent=1))
    return 1 if failures(results) else 0


def _by_namespaces(options):
    """Whether that is the way; where it was not asked for, the door is one, too."""
    if options.way == Door.name:
        return False
    try:
        check()
    except NoNamespaceError as error:
        if options.way:
            raise
        print(f"real clients: no namespaces ({error}): by the proxy door", file=sys.stderr)
        return False
    return True


def _run(chosen, columns, options):
    certified = Certified()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        if is_inside():
            way = Namespaces(certified, folder, {bundle for client in chosen for bundle in client.bundles()})
        else:
            way = Door()
        kept = options.keep or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        for client in chosen:
            results[client] = {}
            for column in columns:
                if column is scenarios.REPLAYED:
                    cell = cells.run_replayed(client, certified, way, kept)
                else:
                    cell = cells.run(client, column, certified, way, strict=options.strict)
                results[client][column.name] = cell
            print(f"{client.name}: done", file=sys.stderr, flush=True)
    return way, results


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tests.real_clients", description=__doc__)
    parser.add_argument("--client", action="append", choices=clients.BY_NAME, help="only this one; may be repeated")
    parser.add_argument("--scenario", action="append", choices=scenarios.BY_NAME, help="only this one; may be repeated")
    parser.add_argument(
        "--way", choices=(Namespaces.name, Door.name), help="how clients come to us; namespaces where there can be any"
    )
    parser.add_argument("--strict", action="store_true", help="against a strict service: who is sloppy is refused")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the cassettes of the column `replayed` there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there, too")
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)

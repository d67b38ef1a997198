"""``python -m tests.real_clients``: other people's clients, unmodified, against the fake as copilot.microsoft.com."""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.real_clients import cells, clients, scenarios
from tests.real_clients.environments import InstallError
from tests.real_clients.namespace import NoNamespaceError, enter, is_inside, settle, trust
from tests.real_clients.service import Certified
from tests.real_clients.table import failures, show


def main():
    options = _parser().parse_args()
    chosen = [clients.BY_NAME[name] for name in options.client or clients.BY_NAME]
    columns = [scenarios.BY_NAME[name] for name in options.scenario or scenarios.BY_NAME]
    try:
        if not is_inside():
            for client in chosen:
                client.install()
            enter(sys.argv[1:])
    except (InstallError, NoNamespaceError) as error:
        print(f"real clients: {error}", file=sys.stderr)
        return 2
    begun = time.monotonic()
    columns = [column for column in columns if column is not scenarios.REPLAYED or not options.strict]
    results = _run(chosen, columns, options)
    print(show(results, columns))
    print(f"{len(results)} clients, {sum(map(len, results.values()))} cells, {time.monotonic() - begun:.0f} s")
    if options.json:
        told = {client.name: {name: vars(cell) for name, cell in row.items()} for client, row in results.items()}
        options.json.write_text(json.dumps(told, indent=1))
    return 1 if failures(results) else 0


def _run(chosen, columns, options):
    certified = Certified()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        settle(folder)
        authorities = Path(folder) / "authorities.pem"
        authorities.write_bytes(certified.authority)
        trust(authorities, {bundle for client in chosen for bundle in client.bundles()})
        kept = options.keep or Path(folder)
        for client in chosen:
            results[client] = {}
            for column in columns:
                if column is scenarios.REPLAYED:
                    cell = cells.run_replayed(client, certified, kept)
                else:
                    cell = cells.run(client, column, certified, strict=options.strict)
                results[client][column.name] = cell
            print(f"{client.name}: done", file=sys.stderr, flush=True)
    return results


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tests.real_clients", description=__doc__)
    parser.add_argument("--client", action="append", choices=clients.BY_NAME, help="only this one; may be repeated")
    parser.add_argument("--scenario", action="append", choices=scenarios.BY_NAME, help="only this one; may be repeated")
    parser.add_argument("--strict", action="store_true", help="against a strict service: who is sloppy is refused")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the cassettes of the column `replayed` there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there, too")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""The table client x scenario, for people."""

import textwrap

_SHOWN = {"pass": "pass", "fail": "FAIL", "n/a": "-", "refused": "refused"}


def show(results, columns):
    """The table, and beneath it what failed, what was refused, and what cannot apply."""
    width = max(len(client.name) for client in results)
    widths = {column.name: max(len(column.name), 7) for column in columns}
    rows = [" " * width + "".join(f"  {name:<{wide}}" for name, wide in widths.items()).rstrip()]
    for client, row in results.items():
        cells = "".join(f"  {_SHOWN[row[name].outcome]:<{wide}}" for name, wide in widths.items())
        rows.append(f"{client.name:<{width}}{cells}".rstrip())
    return "\n".join([*rows, "", *_notes(results)])


def failures(results):
    """Client and scenario of each cell that is not as it should be."""
    return [
        (client.name, name) for client, row in results.items() for name, cell in row.items() if cell.outcome == "fail"
    ]


def _notes(results):
    for client, row in results.items():
        yield f"{client.name}: {client.what}; generation {client.generation}"
        for why in dict.fromkeys(cell.why for cell in row.values() if cell.outcome in ("n/a", "refused")):
            names = [name for name, cell in row.items() if cell.why == why and cell.outcome != "fail"]
            yield f"  {_SHOWN[row[names[0]].outcome]} {', '.join(names)}: {why}"
        for name, cell in row.items():
            if cell.outcome == "fail":
                yield textwrap.indent(f"FAIL {name}: {cell.why}", "  ")

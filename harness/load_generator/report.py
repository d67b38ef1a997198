"""The report of a load: a table for people, JSON for programs, and a page with charts."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final

from harness.load_generator.charts import page_charts
from harness.load_generator.histogram import Durations
from harness.load_generator.process_watch import slope
from harness.load_generator.run import LoadResult
from harness.load_generator.session_times import MEASURES
from harness.printable import one_line

PERCENTILES: Final = (0.5, 0.9, 0.95, 0.99)
_LATE: Final = 20.0
"""Milliseconds. A generator whose timer is later than this in one of twenty cases makes times longer than they are."""
_STYLE: Final = (
    "body{font:14px system-ui,sans-serif;margin:2em;color:#222;background:#fff}table{border-collapse:collapse}"
    "td,th{padding:.25em .8em;text-align:right;border-bottom:1px solid #ddd}td:first-child,td:nth-child(2),"
    "th:first-child,th:nth-child(2){text-align:left}svg{background:#fafafa;border:1px solid #ddd}"
    "text{font-size:11px;fill:#555}"
)


def rows_of(result: LoadResult) -> list[tuple[str, str, Durations]]:
    """A row of the report for each measured time: name of the measure, name of the exchange, distribution."""
    found = result.whole.durations
    order = {measure: at for at, measure in enumerate(MEASURES)}
    keys = sorted(found, key=lambda key: (order.get(key[0], len(order)), key[1]))
    return [(measure, one_line(label, 60), found[measure, label]) for measure, label in keys]


def summary(result: LoadResult) -> str:
    """One line for people: the numbers of sessions and failures, and the sessions in a second."""
    whole = result.whole
    rate = whole.sessions / result.took if result.took else 0.0
    return f"{whole.sessions} sessions in {result.took:.1f} s, {rate:.1f} a second, {whole.failed} failed"


def watched(result: LoadResult) -> str:
    """One line about the watched process; empty if none was watched."""
    samples = result.watched
    if not samples:
        return ""
    memory, last = max(each.memory for each in samples) / 1024**2, samples[-1]
    return (
        f"the server's process: {memory:.1f} MiB at most, {slope(samples):+.2f} MiB a minute in the second half; "
        f"{max(each.descriptors for each in samples)} descriptors at most, {last.descriptors} at the end"
    )


def warnings(result: LoadResult) -> list[str]:
    """Sentences that warn of what makes the measured figures unreliable; empty if nothing does."""
    late = result.whole.lateness.percentile(0.95)
    if late <= _LATE:
        return []
    busy = f"the generator itself was busy: one timer in twenty was {late:.0f} ms late or more, which the times include"
    return [f"{busy}; take fewer users, or more --workers on a machine with more processors"]


def table(result: LoadResult) -> str:
    """The distributions of all measured times as a text table, in milliseconds."""
    lines = [f"{'milliseconds':<13}{'':<34}{'count':>8}{'p50':>9}{'p90':>9}{'p95':>9}{'p99':>9}{'max':>9}"]
    for measure, label, found in rows_of(result):
        figures = "".join(f"{found.percentile(share):>9.1f}" for share in PERCENTILES)
        lines.append(f"{measure:<13}{label[:33]:<34}{found.count:>8}{figures}{found.longest / 1000:>9.1f}")
    lines += (f"{count:>6} x {one_line(text, 200)}" for text, count in result.whole.failures.most_common(20))
    return "\n".join(lines) + "\n"


def as_data(result: LoadResult) -> dict[str, object]:
    """The report as JSON; times in milliseconds."""
    return {
        "sessions": result.whole.sessions,
        "failed": result.whole.failed,
        "seconds": round(result.took, 3),
        "failures": dict(result.whole.failures.most_common()),
        "generator_late_p95": round(result.whole.lateness.percentile(0.95), 2),
        "measures": [
            {
                "measure": measure,
                "exchange": label,
                "count": found.count,
                "mean": round(found.mean, 3),
                **{f"p{share * 100:g}": round(found.percentile(share), 3) for share in PERCENTILES},
                "max": round(found.longest / 1000, 3),
            }
            for measure, label, found in rows_of(result)
        ],
        "server": [
            {"second": round(each.second, 2), "memory": each.memory, "descriptors": each.descriptors}
            for each in result.watched
        ],
        "server_memory_slope": round(slope(result.watched), 3),
        "timeline": [
            {
                "second": each.number,
                "users": each.active,
                "sessions": each.measures.sessions,
                "failed": each.measures.failed,
                "first_token_p95": round(each.measures.of("first token").percentile(0.95), 3),
            }
            for each in result.seconds
        ],
    }


def page(result: LoadResult, title: str) -> bytes:
    """The report as a page: one file without scripts; its policy forbids everything but its own style.

    Args:
        result: What was measured.
        title: Heading, such as the cassette's name.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    heading = escape(one_line(title))
    head = "".join(f"<th>{each}</th>" for each in ("", "", "count", "p50", "p90", "p95", "p99", "max"))
    body = "".join(
        f"<tr><td>{escape(measure)}</td><td>{escape(label)}</td><td>{found.count}</td>"
        + "".join(f"<td>{found.percentile(share):.1f}</td>" for share in PERCENTILES)
        + f"<td>{found.longest / 1000:.1f}</td></tr>"
        for measure, label, found in rows_of(result)
    )
    failed = "".join(
        f"<li>{count} x {escape(one_line(text, 200))}</li>" for text, count in result.whole.failures.most_common(50)
    )
    notes = "".join(f"<p>{escape(each)}</p>" for each in (*warnings(result), watched(result)) if each)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=True)}">'
        f"<title>Load of {heading}</title><style>{_STYLE}</style></head><body><h1>Load of {heading}</h1>"
        f"<p>{escape(summary(result))}</p>{notes}{page_charts(result)}"
        f"<h2>Milliseconds</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"<ul>{failed}</ul></body></html>\n"
    ).encode("utf-8", "backslashreplace")

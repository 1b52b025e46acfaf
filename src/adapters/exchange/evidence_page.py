"""The page that an auditor reads first: every word of it is escaped, and it loads nothing from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

Fields = Mapping[str, Any]

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
h1 { font-size: 1.6rem }
h2 { font-size: 1.15rem; margin-top: 2rem; border-bottom: 1px solid #ccc }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .6rem .25rem 0; vertical-align: top }
th { font-weight: 600; white-space: nowrap }
tr + tr > * { border-top: 1px solid #eee }
code { font-size: .85em; overflow-wrap: anywhere }
.bad { color: #a40000; font-weight: 600 }
.good { color: #1a5e20 }
@media print { body { margin: 0; max-width: none; font-size: 11px } }
"""
_KINDS = ("added", "removed", "changed")


def evidence_page(summary: Fields) -> str:
    """The summary of a pack as one HTML page."""
    title = escape(f"Evidence about {summary['label']}")
    body = "".join(
        [
            f"<h1>{title}</h1>",
            _standing(summary),
            _approvals(summary["approvals"]),
            _difference(summary["difference"]),
            _chain(summary["verification"], summary["heads"]),
            _events(summary["events"], more=summary["more_events"]),
            _how(),
        ]
    )
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def _standing(summary: Fields) -> str:
    revision = summary["revision"]
    rows = [
        ("Input set", _text(summary["label"])),
        ("Title", _text(summary["title"])),
        ("Status", _text(summary["status"])),
        ("Live", _text(summary["live"] or "nothing")),
    ]
    if revision is not None:
        counts = ", ".join(f"{name} {count}" for name, count in revision["row_counts"].items())
        rows += [
            ("This pack is about", f"{_text(revision['reference'])}, {_text(revision['status'])}"),
            ("Content hash", _code(revision["content_hash"])),
            ("Rows", _text(counts)),
            ("Brought by", f"{_text(', '.join(revision['authors']))}, {_text(revision['created_at'])}"),
            ("May not approve it", _text(", ".join(summary["authors"]))),
        ]
    return _table(None, rows)


def _approvals(approvals: Sequence[Fields]) -> str:
    if not approvals:
        return "<h2>Approvals</h2><p>There is no approval.</p>"
    rows = [
        (
            _text(approval["reference"]),
            f"{_text(approval['actor'])} ({_text(approval['verification'])})",
            _text(approval["approved_at"]),
            _text(approval["comment"]),
            _text(", ".join(f"{name} {value}" for name, value in approval["policy"].items())),
            _judged("holds" if approval["signature_holds"] else "does not hold", good=approval["signature_holds"]),
        )
        for approval in approvals
    ]
    return "<h2>Approvals</h2>" + _table(("Revision", "By", "When", "Comment", "Policy", "Signature"), rows)


def _difference(difference: Fields | None) -> str:
    if difference is None:
        return "<h2>What changed</h2><p>Nothing was live before that this could be compared with.</p>"
    current, previous = difference["current"]["reference"], difference["previous"]["reference"]
    head = f"<h2>What changed from {_text(previous)} to {_text(current)}</h2>"
    rows = [
        (_text(name), *(str(counts[kind]) for kind in _KINDS), _total(counts["total"]))
        for name, counts in difference["summary"].items()
        if any(counts[kind] for kind in _KINDS)
    ]
    if not rows:
        return f"{head}<p>Nothing: both hold the same rows.</p>"
    return head + _table(("Section", "Added", "Removed", "Changed", "Total"), rows)


def _total(total: Fields | None) -> str:
    if total is None or total["old"] is None or total["new"] is None:
        return ""
    relative = total["relative_change"]
    change = "" if relative is None else f" ({relative * 100:+.1f} %)"
    return f"{total['old']:g} → {total['new']:g}{change}"


def _chain(verification: Fields, heads: Fields) -> str:
    finding = verification["finding"]
    said = "The whole ledger holds." if finding is None else f"The ledger is broken: {finding['message']}"
    checkpoint = verification["checkpoint"]
    rows = [
        ("Verdict when this was packed", _judged(said, good=verification["clean"])),
        ("Events in the ledger", f"{verification['events']} in {verification['streams']} streams"),
        ("Newest checkpoint", "none" if checkpoint is None else f"{checkpoint['number']}, {_code(checkpoint['hash'])}"),
        *((_text(head["stream"]), f"event {head['sequence']}, {_code(head['hash'])}") for head in heads["streams"]),
    ]
    return "<h2>The chain of events</h2>" + _table(None, rows)


def _events(events: Sequence[Fields], *, more: bool) -> str:
    note = "<p>These are the newest; events.jsonl has them all.</p>" if more else ""
    rows = [
        (
            _text(event["recorded_at"]),
            _text(event["action"]),
            _text(event["details"].get("revision")),
            f"{_text(event['actor'])} ({_text(event['verification'])})",
            _text(event["comment"]),
        )
        for event in events
    ]
    return "<h2>What happened, newest first</h2>" + note + _table(("When", "What", "Revision", "Who", "Comment"), rows)


def _how() -> str:
    return (
        "<h2>How to check this</h2><p>verify.txt has the commands; none of them needs the store. "
        "<code>sha256sum -c SHA256SUMS</code> checks the files, "
        "<code>planvault audit verify --file</code> the events.</p>"
    )


def _table(head: Sequence[str] | None, rows: Iterable[Sequence[str]]) -> str:
    top = "" if head is None else "<tr>" + "".join(f"<th>{name}</th>" for name in head) + "</tr>"
    return "<table>" + top + "".join(_rows(rows, named=head is None)) + "</table>"


def _rows(rows: Iterable[Sequence[str]], *, named: bool) -> Iterator[str]:
    for first, *others in rows:
        opening = f"<th>{first}</th>" if named else f"<td>{first}</td>"
        yield f"<tr>{opening}{''.join(f'<td>{cell}</td>' for cell in others)}</tr>"


def _text(value: object) -> str:
    return "-" if value is None or value == "" else escape(str(value))


def _code(value: object) -> str:
    return f"<code>{escape(str(value))}</code>"


def _judged(said: str, *, good: bool) -> str:
    return f'<span class="{"good" if good else "bad"}">{escape(said)}</span>'

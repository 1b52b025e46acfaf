"""The page that an auditor reads first: every word of it is escaped, and it loads nothing from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .html_parts import code, judged, page, table, text

Fields = Mapping[str, Any]

_KINDS = ("added", "removed", "changed")


def evidence_page(summary: Fields) -> str:
    """The summary of a pack as one HTML page."""
    title = f"Evidence about {summary['label']}"
    body = "".join(
        [
            _standing(summary),
            _approvals(summary["approvals"]),
            _difference(summary["difference"]),
            chain(summary["verification"], summary["heads"]),
            _events(summary["events"], more=summary["more_events"]),
            _how(),
        ]
    )
    return page(title, body)


def _standing(summary: Fields) -> str:
    revision = summary["revision"]
    rows = [
        ("Input set", text(summary["label"])),
        ("Title", text(summary["title"])),
        ("Status", text(summary["status"])),
        ("Live", text(summary["live"] or "nothing")),
    ]
    if revision is not None:
        counts = ", ".join(f"{name} {count}" for name, count in revision["row_counts"].items())
        rows += [
            ("This pack is about", f"{text(revision['reference'])}, {text(revision['status'])}"),
            ("Content hash", code(revision["content_hash"])),
            ("Rows", text(counts)),
            ("Brought by", f"{text(', '.join(revision['authors']))}, {text(revision['created_at'])}"),
            ("May not approve it", text(", ".join(summary["authors"]))),
        ]
    return table(None, rows)


def _approvals(approvals: Sequence[Fields]) -> str:
    if not approvals:
        return "<h2>Approvals</h2><p>There is no approval.</p>"
    rows = [
        (
            text(approval["reference"]),
            f"{text(approval['actor'])} ({text(approval['verification'])})",
            text(approval["approved_at"]),
            text(approval["comment"]),
            text(", ".join(f"{name} {value}" for name, value in approval["policy"].items())),
            judged("holds" if approval["signature_holds"] else "does not hold", good=approval["signature_holds"]),
        )
        for approval in approvals
    ]
    return "<h2>Approvals</h2>" + table(("Revision", "By", "When", "Comment", "Policy", "Signature"), rows)


def _difference(difference: Fields | None) -> str:
    if difference is None:
        return "<h2>What changed</h2><p>Nothing was live before that this could be compared with.</p>"
    current, previous = difference["current"]["reference"], difference["previous"]["reference"]
    head = f"<h2>What changed from {text(previous)} to {text(current)}</h2>"
    rows = [
        (text(name), *(str(counts[kind]) for kind in _KINDS), _total(counts["total"]))
        for name, counts in difference["summary"].items()
        if any(counts[kind] for kind in _KINDS)
    ]
    if not rows:
        return f"{head}<p>Nothing: both hold the same rows.</p>"
    return head + table(("Section", "Added", "Removed", "Changed", "Total"), rows)


def _total(total: Fields | None) -> str:
    if total is None or total["old"] is None or total["new"] is None:
        return ""
    relative = total["relative_change"]
    change = "" if relative is None else f" ({relative * 100:+.1f} %)"
    return f"{total['old']:g} → {total['new']:g}{change}"


def chain(verification: Fields, heads: Fields) -> str:
    """What was found of the chain of events, and its heads."""
    finding = verification["finding"]
    said = "The whole ledger holds." if finding is None else f"The ledger is broken: {finding['message']}"
    checkpoint = verification["checkpoint"]
    rows = [
        ("Verdict when this was packed", judged(said, good=verification["clean"])),
        ("Events in the ledger", f"{verification['events']} in {verification['streams']} streams"),
        ("Newest checkpoint", "none" if checkpoint is None else f"{checkpoint['number']}, {code(checkpoint['hash'])}"),
        *((text(head["stream"]), f"event {head['sequence']}, {code(head['hash'])}") for head in heads["streams"]),
    ]
    return "<h2>The chain of events</h2>" + table(None, rows)


def _events(events: Sequence[Fields], *, more: bool) -> str:
    note = "<p>These are the newest; events.jsonl has them all.</p>" if more else ""
    rows = [
        (
            text(event["recorded_at"]),
            text(event["action"]),
            text(event["details"].get("revision")),
            f"{text(event['actor'])} ({text(event['verification'])})",
            text(event["comment"]),
        )
        for event in events
    ]
    return "<h2>What happened, newest first</h2>" + note + table(("When", "What", "Revision", "Who", "Comment"), rows)


def _how() -> str:
    return (
        "<h2>How to check this</h2><p>verify.txt has the commands; none of them needs the store. "
        "<code>sha256sum -c SHA256SUMS</code> checks the files, "
        "<code>planvault audit verify --file</code> the events.</p>"
    )

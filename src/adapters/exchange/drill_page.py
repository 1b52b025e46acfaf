"""The page of a drill, for whoever asks whether the way back works and how long it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .html_parts import judged, page, table, text


def drill_page(report: Mapping[str, Any]) -> str:
    """The report as one HTML page that loads nothing from anywhere."""
    body = "".join([_verdict(report), _recovery(report), _steps(report), _lost(report)])
    return page("Drill: the way to files and back", body)


def _verdict(report: Mapping[str, Any]) -> str:
    said = "Everything came through." if report["clean"] else report["broken"] or "Something would be lost."
    rows = [
        ("Verdict", judged(said, good=report["clean"])),
        ("Begun", text(report["begun_at"])),
        ("Seconds in all", f"{report['seconds']:.1f}"),
        ("Plan versions", text(report["versions"])),
        ("Series rows", text(report["series_rows"])),
        ("Events", text(report["events"])),
    ]
    return table(None, rows) + "<p>All of it was done on a copy in a scratch place; the store was only read.</p>"


def _recovery(report: Mapping[str, Any]) -> str:
    rows = [(text(name), f"{seconds:.1f}") for name, seconds in report["recovery"].items()]
    return "<h2>Time to recover</h2>" + table(("How", "Seconds"), rows)


def _steps(report: Mapping[str, Any]) -> str:
    rows = [
        (
            str(number),
            text(step["name"]),
            f"{step['seconds']:.1f}",
            judged("good" if step["good"] else "bad", good=step["good"]),
            text(step["found"]),
        )
        for number, step in enumerate(report["steps"], start=1)
    ]
    return "<h2>Step by step</h2>" + table(("", "What", "Seconds", "", "Found"), rows)


def _lost(report: Mapping[str, Any]) -> str:
    head, never = "<h2>What would be lost</h2>", report["never_mirrored"]
    always = (
        f"<p>What a rebuild does without, since it is never mirrored: {text('; '.join(never))}.</p>" if never else ""
    )
    if report["broken"]:
        return f"{head}<p>The drill ended early, so nobody knows.</p>"
    if not report["lost"]:
        return f"{head}<p>Nothing.</p>{always}"
    return head + table(("What",), [(text(one),) for one in report["lost"]]) + always

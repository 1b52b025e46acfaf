"""Where findings are: file and line of the row whose key a finding names, by a second look through the spool."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...domain.inputs.checks import Finding
from ...domain.inputs.sections import SECTIONS_BY_NAME
from .input_files import CSV_FILES
from .input_spool import InputSpool, Record
from .problems import ProblemList


class FindingPlaces:
    """Looks up rows of a settled spool, only when there is something to tell of them."""

    def __init__(self, spool: InputSpool, source_of: Callable[[int], str]) -> None:
        """``source_of`` names the source of a number."""
        self._spool = spool
        self._source_of = source_of

    def tell(self, findings: Iterable[Finding], problems: ProblemList) -> None:
        """Add findings to the problems, each with file and line."""
        wanted: dict[str, dict[tuple[Any, ...], list[Finding]]] = {}
        for finding in findings:
            wanted.setdefault(finding.section, {}).setdefault(finding.key, []).append(finding)
        for section, by_key in wanted.items():
            self._tell_section(section, by_key, problems)

    def _tell_section(self, section: str, by_key: dict[tuple[Any, ...], list[Finding]], problems: ProblemList) -> None:
        length = len(SECTIONS_BY_NAME[section].key)
        for batch in self._spool.settled(section):
            for record in [record for record in batch if record[:length] in by_key]:
                for finding in by_key.pop(record[:length]):
                    self._add(finding, record, problems)
            if not by_key:
                break

    def _add(self, finding: Finding, record: Record, problems: ProblemList) -> None:
        source = self._source_of(record[-2])
        problems.add(
            source,
            finding.rule,
            finding.message,
            line=record[-1] or None,
            column=_header(source, finding.field),
            value=finding.value,
            severity=finding.severity,
        )


def _header(source: str, field: str | None) -> str | None:
    """The customary header of a field in that file."""
    file = CSV_FILES.get(source)
    if file is None or field is None:
        return field
    return next((column.headers[0] for column in file.columns if column.field == field), field)

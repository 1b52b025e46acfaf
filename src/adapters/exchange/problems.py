"""Collects what is wrong in a set of files: counts everything, keeps the first hundred by file and line."""

from __future__ import annotations

from ...domain.errors import Problem, ValidationError

KEPT = 100
VALUE_LENGTH = 80
# Headers, paths and keys come from the file too, so they must not grow an answer without bounds.
COLUMN_LENGTH = 200
MESSAGE_LENGTH = 1000
_ROOM = 4096


class ProblemList:
    """Problems in order of file, then line, then finding; memory stays flat however many there are."""

    def __init__(self) -> None:
        self.total = 0
        self._found: list[tuple[str, int, int, Problem]] = []
        self._sources: set[str] = set()

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return self.total > 0

    def add(
        self,
        source: str,
        rule: str,
        message: str,
        *,
        line: int | None = None,
        column: str | None = None,
        value: object = None,
        severity: str = "error",
    ) -> None:
        """Note one problem; the value is cut to 80 characters."""
        problem = Problem(
            source=source,
            rule=rule,
            message=message if len(message) <= MESSAGE_LENGTH else f"{message[:MESSAGE_LENGTH]} ...",
            line=line,
            column=None if column is None else column[:COLUMN_LENGTH],
            value=None if value is None else str(value)[:VALUE_LENGTH],
            severity=severity,
        )
        self.total += 1
        self._sources.add(source)
        self._found.append((source, line or 0, self.total, problem))
        if len(self._found) >= _ROOM:
            self._found = sorted(self._found, key=lambda found: found[:3])[:KEPT]

    @property
    def kept(self) -> list[Problem]:
        """The first hundred."""
        ordered = sorted(self._found, key=lambda found: found[:3])
        return [problem for *_, problem in ordered[:KEPT]]

    def refuse(self) -> None:
        """Let it pass when nothing was found.

        Raises:
            ValidationError: something was; carries the first hundred problems and the number of all.
        """
        if not self.total:
            return
        problems = f"{self.total} problem{'s' if self.total > 1 else ''}"
        files = f"{len(self._sources)} file{'s' if len(self._sources) > 1 else ''}"
        raise ValidationError(f"{problems} in {files}.", problems=self.kept, total=self.total)

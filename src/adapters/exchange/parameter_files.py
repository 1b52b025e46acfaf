"""Named settings from JSON objects: planning parameters and metadata, as rows of the section ``parameters``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...domain.inputs.fields import CellError, Field, FieldKind
from ...domain.inputs.rows import Parameter
from ...domain.inputs.sections import PARAMETERS
from ...domain.shared.canonical import document
from .problems import ProblemList
from .strict_json import joined

# What an export says about the revision rather than about its content.
EXPORT_FACTS = frozenset(
    {
        "id",
        "label",
        "number",
        "status",
        "config_version_id",
        "source",
        "content_hash",
        "created_at",
        "updated_at",
    }
)

# Parameters that every planvault knows by type; engines may have others, and check their own.
_KNOWN = {
    rule.name: rule
    for rule in (
        Field(name="default_anchor_policy"),
        Field(name="tolerance_abs", kind=FieldKind.NUMBER, minimum=0),
        Field(name="tolerance_rel", kind=FieldKind.NUMBER, minimum=0),
        Field(name="carryover_mode"),
        Field(name="carryover_split", kind=FieldKind.NUMBER, minimum=0, maximum=1),
        Field(name="lt_unit", kind=FieldKind.CHOICE, choices=("day", "week")),
        Field(name="recon_window_days", kind=FieldKind.INTEGER, minimum=0),
    )
}


def planning_parameters(
    values: Mapping[str, Any], source: str, problems: ProblemList, *, path: str = ""
) -> list[Parameter]:
    """Planning parameters; null leaves one at its default and makes no row."""
    rows: list[Parameter] = []
    for name, value in values.items():
        if value is None:
            continue
        try:
            if name in _KNOWN:
                typed(_KNOWN[name], value)
            rows.append(parameter("planning", name, value))
        except CellError as error:
            problems.add(source, error.rule, str(error), column=joined(path, name), value=value)
    return rows


def metadata(
    values: Mapping[str, Any], source: str, problems: ProblemList, *, leave_out: frozenset[str] = frozenset()
) -> list[Parameter]:
    """Metadata of the set, name by name, any JSON value."""
    rows: list[Parameter] = []
    for name, value in values.items():
        if name not in leave_out:
            try:
                rows.append(parameter("metadata", name, value))
            except CellError as error:
                problems.add(source, error.rule, str(error), column=name, value=value)
    return rows


def parameter(scope: str, name: str, value: Any) -> Parameter:
    """One checked row.

    Raises:
        CellError: the name or the value is nothing that can be kept.
    """
    try:
        text = document(value)
    except ValueError as error:
        raise CellError("document", "is not JSON that can be kept") from error
    return Parameter(*PARAMETERS.row((scope, name, text)))


def typed(rule: Field, value: Any) -> Any:
    """A JSON value checked by a field rule; a text never stands for a number, a date or an object.

    Raises:
        CellError: the value breaks the rule.
    """
    if rule.kind is FieldKind.DOCUMENT and value is not None and not isinstance(value, dict):
        raise CellError("document", "is not a JSON object")
    if value == "" and rule.kind is not FieldKind.TEXT:
        raise CellError("required", "is an empty text")
    return rule.check(value)


class ParameterTable:
    """The settings of a set, which several files may give: twice the same is fine, a contradiction is not."""

    def __init__(self, problems: ProblemList) -> None:
        self._problems = problems
        self._rows: dict[tuple[str, str], tuple[Parameter, str]] = {}

    def take(self, rows: Iterable[Parameter], source: str) -> None:
        """Add the settings that a file gives."""
        for row in rows:
            earlier, given_by = self._rows.setdefault((row.scope, row.name), (row, source))
            if earlier.value_json != row.value_json:
                message = f"is {row.value_json} here, but {earlier.value_json} in {given_by}"
                self._problems.add(source, "duplicate-key", message, column=row.name, value=row.value_json)

    def rows(self) -> Iterator[tuple[Parameter, str]]:
        """All settings, each once, with the file that gave it first."""
        return iter(self._rows.values())

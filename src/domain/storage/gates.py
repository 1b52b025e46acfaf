"""Gates: what is asked before a step of a cutover.

Each is a pure function over evidence that is gathered anew for every step, never over what somebody noted once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ..errors import GateClosedError
from ..shared.ids import VersionId
from .cutover import Place, Step
from .evidence import Compared, Evidence

_NAMED = 20


class Gate(StrEnum):
    """What is asked before a step."""

    ROOT = "root"
    FILED = "filed"
    DRIFT = "drift"
    TABLES = "tables"
    FOLDERS = "folders"
    MIRROR = "mirror"
    BACKFILL = "backfill"
    BACKUP = "backup"
    ROWS = "rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """Whether a gate is open: what was measured, what is needed, and what to do where it is closed.

    ``pending`` is that it cannot be told yet, because something is filled before that it looks at.
    """

    gate: Gate
    is_open: bool
    measured: str
    needed: str
    remedy: str | None = None
    versions: Sequence[VersionId] = ()
    pending: bool = False


def _root(seen: Evidence) -> GateVerdict:
    fine = seen.has_root and seen.trouble is None
    return GateVerdict(
        gate=Gate.ROOT,
        is_open=fine,
        measured=("it is this store's, and writable" if seen.is_claimed else "it is this store's, or nobody's")
        if fine
        else seen.trouble or "none is set",
        needed="a files root that is this store's and can be written",
        remedy="Set PLANVAULT_FILES_ROOT, and see to it that its disk is there: planvault storage status.",
    )


def _filed(seen: Evidence) -> GateVerdict:
    return GateVerdict(
        gate=Gate.FILED,
        is_open=not seen.unfiled,
        measured=_counted(len(seen.unfiled), "version") + " without a folder of its payload",
        needed="a folder for each version",
        remedy="File them: planvault storage repair --from db.",
        versions=seen.unfiled,
    )


def _drift(seen: Evidence) -> GateVerdict:
    compared = seen.compared
    stale = () if compared is None else tuple(compared.findings)
    return GateVerdict(
        gate=Gate.DRIFT,
        is_open=compared is not None and not stale,
        measured=_told(compared, "tables and folders"),
        needed="every row of every version the same on both sides",
        remedy="See planvault storage verify --full; then repair from the side that is good: planvault storage repair.",
        versions=stale,
    )


def _tables(seen: Evidence) -> GateVerdict:
    wrong = () if seen.tables is None else tuple(seen.tables.findings)
    return GateVerdict(
        gate=Gate.TABLES,
        is_open=seen.tables is not None and not wrong,
        measured=_told(seen.tables, "the tables"),
        needed="every version whole in the tables",
        remedy="Repair them from their folders: planvault storage repair VERSION --from files.",
        versions=wrong,
    )


def _folders(seen: Evidence) -> GateVerdict:
    wrong = () if seen.folders is None else tuple(seen.folders.findings)
    return GateVerdict(
        gate=Gate.FOLDERS,
        is_open=seen.folders is not None and not wrong,
        measured=_told(seen.folders, "the folders"),
        needed="every version whole in its folder",
        remedy="Repair them from the tables: planvault storage repair VERSION --from db.",
        versions=wrong,
    )


def _mirror(seen: Evidence) -> GateVerdict:
    wrong = f", {seen.mirror_trouble}" if seen.mirror_trouble else ""
    return GateVerdict(
        gate=Gate.MIRROR,
        is_open=not seen.waiting and not seen.mirror_trouble,
        measured=f"{_counted(seen.waiting, 'commit')} waiting{wrong}",
        needed="the whole ledger beside the folders, and no commit waiting",
        remedy="Bring it up to date: planvault storage mirror; with --all everything is written anew.",
    )


def _backfill(seen: Evidence) -> GateVerdict:
    under_way = f"{seen.backfilling} is under way, " if seen.backfilling else ""
    return GateVerdict(
        gate=Gate.BACKFILL,
        is_open=seen.backfilling is None and not seen.unfinished,
        measured=f"{under_way}{_counted(len(seen.unfinished), 'version')} not taken",
        needed="no backfill under way, and nothing that one could not take",
        remedy="Mend the source and backfill again, or go on without a version: --without VERSION.",
        versions=seen.unfinished,
    )


def _backup(seen: Evidence) -> GateVerdict:
    taken = seen.backup
    fresh = taken is not None and taken.position >= seen.changed_at and taken.rows == seen.rows
    if seen.keeps_nothing:
        measured = "the store ends with its process"
    elif taken is None:
        measured = "none was verified"
    else:
        measured = f"one of position {taken.position} with {_counted(taken.rows, 'series row')}"
    return GateVerdict(
        gate=Gate.BACKUP,
        is_open=fresh or seen.keeps_nothing,
        measured=measured,
        needed=f"a verified one of position {seen.changed_at} or later with {_counted(seen.rows, 'series row')}",
        remedy="Take one while nobody writes: planvault maint backup --verify.",
    )


def _rows(seen: Evidence) -> GateVerdict:
    return GateVerdict(
        gate=Gate.ROWS,
        is_open=not seen.row_limit or seen.rows <= seen.row_limit,
        measured=_counted(seen.rows, "series row"),
        needed=f"at most {seen.row_limit}" if seen.row_limit else "no limit is set",
        remedy="Trim first (planvault maint trim), or raise PLANS_DB_MAX_ROWS.",
    )


_JUDGES: Mapping[Gate, Callable[[Evidence], GateVerdict]] = {
    Gate.ROOT: _root,
    Gate.FILED: _filed,
    Gate.DRIFT: _drift,
    Gate.TABLES: _tables,
    Gate.FOLDERS: _folders,
    Gate.MIRROR: _mirror,
    Gate.BACKFILL: _backfill,
    Gate.BACKUP: _backup,
    Gate.ROWS: _rows,
}
# Where reads change over, both sides have to agree; where a side is given up, the other one has to be whole.
_GATES: Mapping[tuple[Place, Place], tuple[Gate, ...]] = {
    (Place.DB, Place.BOTH_DB): (Gate.ROOT,),
    (Place.BOTH_DB, Place.BOTH_FILES): (Gate.ROOT, Gate.FILED, Gate.DRIFT, Gate.MIRROR, Gate.BACKFILL),
    (Place.BOTH_FILES, Place.FILES): (Gate.ROOT, Gate.FILED, Gate.FOLDERS, Gate.MIRROR),
    (Place.FILES, Place.BOTH_FILES): (Gate.ROOT, Gate.BACKFILL, Gate.ROWS),
    (Place.BOTH_FILES, Place.BOTH_DB): (Gate.FILED, Gate.DRIFT, Gate.BACKFILL, Gate.ROWS),
    (Place.BOTH_DB, Place.DB): (Gate.TABLES,),
}
_LEAVING_HOME = (Gate.BACKFILL, Gate.BACKUP)
# Before the side that is to be filled was filled, nobody can say.
SETTLED_BY_FILLING = frozenset({Gate.FILED, Gate.DRIFT, Gate.TABLES, Gate.FOLDERS, Gate.MIRROR})


def gates_of(step: Step, *, was_home: bool) -> Sequence[Gate]:
    """The gates of a step.

    ``was_home`` says that reads came from the side which the step gives up since the store last did without it.  Else
    the step only ends a trial, in which the other side was the primary all along.
    """
    gates = _GATES[(step.before, step.after)]
    return (*gates, *_LEAVING_HOME) if was_home and step.gives_up is not None else gates


def judged(gates: Iterable[Gate], seen: Evidence, *, pending: Collection[Gate] = frozenset()) -> Sequence[GateVerdict]:
    """The verdict on each gate; what is ``pending`` is told once the other side is filled."""
    return [_pending(_JUDGES[gate](seen)) if gate in pending else _JUDGES[gate](seen) for gate in gates]


def _pending(verdict: GateVerdict) -> GateVerdict:
    return GateVerdict(
        gate=verdict.gate,
        is_open=False,
        measured="known once the other side is filled",
        needed=verdict.needed,
        pending=True,
    )


def require_open(step: Step, verdicts: Sequence[GateVerdict], *, taken: Sequence[Step] = ()) -> None:
    """Let a step pass whose gates are all open.

    Raises:
        GateClosedError: some are not; the sentence and ``params`` name them, and the steps that were taken before.
    """
    closed = [verdict for verdict in verdicts if not verdict.is_open]
    if not closed:
        return
    lines = [f"{verdict.gate}: {verdict.measured}{_names(verdict.versions)}" for verdict in closed]
    raise GateClosedError(
        f"The step {step} is not taken: {'; '.join(lines)}.",
        remedy=" ".join(verdict.remedy for verdict in closed if verdict.remedy),
        step=str(step),
        gates=[verdict_fields(verdict) for verdict in verdicts],
        taken=[str(one) for one in taken],
    )


def verdict_fields(verdict: GateVerdict) -> dict[str, Any]:
    """A verdict as events, answers and packs hold it."""
    return {
        "gate": str(verdict.gate),
        "open": verdict.is_open,
        "measured": verdict.measured,
        "needed": verdict.needed,
        "remedy": None if verdict.is_open else verdict.remedy,
        "versions": list(verdict.versions),
        "pending": verdict.pending,
    }


def _told(compared: Compared | None, what: str) -> str:
    if compared is None:
        return f"nobody compared {what}"
    wrong = len(compared.findings)
    return f"{wrong} of {_counted(compared.versions, 'version')} {'differs' if wrong == 1 else 'differ'}"


def _names(versions: Sequence[VersionId]) -> str:
    if not versions:
        return ""
    return f" ({', '.join(versions[:_NAMED])}{' …' if len(versions) > _NAMED else ''})"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""Gathering what the gates of a cutover look at: anew for every step, as far as it can be within its transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from ...domain.errors import ConflictError, InvalidRequestError, PlanvaultError
from ...domain.shared.events import Event, EventFilter
from ...domain.shared.ids import VersionId
from ...domain.storage.backups import STREAM as MAINTENANCE
from ...domain.storage.backups import VERIFIED
from ...domain.storage.cutover import Step, was_home
from ...domain.storage.evidence import CheckedBackup, Compared, Evidence
from ...domain.storage.gates import Gate, gates_of
from ...domain.storage.state import MODE, STREAM, Side, StorageMode, StorageState
from ..audit.take_checkpoint import STREAM as AUDIT
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .folders import PayloadFolders
from .looking import LookAtSides
from .mirror_ledger import MirrorLedger
from .verify_mirror import VerifyMirror

# How often plans may change while they are compared before somebody is told.
ATTEMPTS = 5
_PAGE = 200
# What others may wait for: so many versions with so many rows altogether.
_FEW, _FEW_ROWS = 20, 100_000
_ALL = 2**62
_LOOKS_AT_MIRROR = 3
_NO_FOLDER, _NO_ROWS = "no folder", "no rows in the tables"
# What these streams tell of changes nothing that a backup has to hold.
_NO_CONTENT = frozenset({STREAM, MAINTENANCE, AUDIT})

# What is looked at for each of these gates: one side, or both.
_LOOKS: Mapping[Gate, Side | None] = {Gate.DRIFT: None, Gate.TABLES: Side.DB, Gate.FOLDERS: Side.FILES}
_COMPARING = frozenset(_LOOKS)


@dataclass(slots=True)
class Proof:
    """What was compared so far: for each gate and version its folder and payload then, and what was wrong.

    ``mirrored_to`` is the commit up to which the mirror was just brought, ``mirror_trouble`` what is wrong with it.
    """

    seen: dict[Gate, dict[VersionId, tuple[str, str | None]]] = field(default_factory=dict)
    mirrored_to: int = _ALL
    mirror_trouble: str | None = None

    def lacks(self, gate: Gate, stand: Mapping[VersionId, str]) -> list[VersionId]:
        """The versions that were not compared as they stand, in order of id."""
        known = self.seen.get(gate, {})
        return [one for one, mark in stand.items() if one not in known or known[one][0] != mark]

    def take(self, gate: Gate, stand: Mapping[VersionId, str], wrong: Mapping[VersionId, str]) -> None:
        """Keep what came out for versions that stood like this."""
        self.seen.setdefault(gate, {}).update({one: (mark, wrong.get(one)) for one, mark in stand.items()})

    def of(self, gate: Gate, stand: Mapping[VersionId, str]) -> Compared:
        """What came out for the versions that there are."""
        known = self.seen.get(gate, {})
        digest = hashlib.sha256()
        for one, mark in stand.items():
            digest.update(f"{one} {mark}\n".encode())
        findings = {one: why for one in stand if (why := known[one][1]) is not None}
        return Compared(versions=len(stand), findings=findings, digest=digest.hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherEvidence:
    """Look at everything that gates ask about."""

    unit_of_work: UnitOfWorkFactory
    folders: PayloadFolders | None
    look_at: LookAtSides
    mirror: MirrorLedger
    verify_mirror: VerifyMirror
    row_limit: int = 0

    async def catch_up(self, gates: Collection[Gate], proof: Proof) -> None:
        """Mirror what waits, where a gate asks for that; what keeps it from being mirrored is part of the evidence."""
        if Gate.MIRROR in gates:
            async with self.unit_of_work(read_only=True) as uow:
                known = await uow.outbox.last_commit()
            try:
                await self.mirror()
                proof.mirrored_to = known
            except PlanvaultError as error:
                proof.mirror_trouble = f"it cannot be written ({error.code})"

    async def compare_mirror(self, gates: Collection[Gate], proof: Proof) -> None:
        """Compare the mirror with the ledger in full, where a gate asks for that.

        While others write, a file may lag behind for a moment: what counts is what is wrong every time.
        """
        if Gate.MIRROR not in gates or proof.mirror_trouble is not None:
            return
        files: set[str] | None = None
        for _ in range(_LOOKS_AT_MIRROR):
            async with aclosing(self.verify_mirror(None, full=True)) as findings:
                found = {finding.file or finding.kind async for finding in findings}
            files = found if files is None else files & found
            if not files:
                return
        if files:
            more = f" and {len(files) - 1} more" if len(files) > 1 else ""
            proof.mirror_trouble = f"{min(files)}{more} not what the ledger tells"

    async def compare(self, gates: Collection[Gate], proof: Proof) -> None:
        """Compare whatever was not compared as it stands: rows are read in full, in no transaction of the caller's."""
        for gate in (gate for gate in gates if gate in _COMPARING):
            async with self.unit_of_work(read_only=True) as uow:
                stand = await _stand(uow)
            lacking = proof.lacks(gate, stand)
            wrong: dict[VersionId, str] = {}
            for one in lacking:
                why = _missing(stand[one]) or await self.look_at(_LOOKS[gate], one)
                if why is not None:
                    wrong[one] = why
            proof.take(gate, {one: stand[one] for one in lacking}, wrong)

    async def is_little(self, gates: Collection[Gate], proof: Proof) -> bool:
        """Whether what was not compared as it stands is so little that others may wait for it."""
        async with self.unit_of_work(read_only=True) as uow:
            stand = await _stand(uow)
            lacking = {one for gate in gates if gate in _COMPARING for one in proof.lacks(gate, stand)}
            if len(lacking) > _FEW:
                return False
            found = [await uow.plans.find(one) for one in lacking]
        return sum(plan.series_rows for plan in found if plan is not None) <= _FEW_ROWS

    async def now(self, gates: Collection[Gate], proof: Proof, *, without: Collection[str] = ()) -> Evidence:
        """The evidence as things stand, for a plan.

        Raises:
            ConflictError: plans keep changing while they are compared.
        """
        await self.compare_mirror(gates, proof)
        for _ in range(ATTEMPTS):
            await self.compare(gates, proof)
            async with self.unit_of_work(read_only=True) as uow:
                seen = await self.within(uow, gates, proof, without=without)
            if seen is not None:
                return seen
        raise keep_changing()

    async def within(
        self, uow: UnitOfWork, gates: Collection[Gate], proof: Proof, *, without: Collection[str] = ()
    ) -> Evidence | None:
        """The evidence in this transaction; none where something was changed since it was compared or mirrored.

        ``without`` are versions that no backfill could take and that are gone on without.
        """
        stand = await _stand(uow) if _COMPARING & set(gates) else {}
        compared: dict[Gate, Compared] = {}
        for gate in (gate for gate in gates if gate in _COMPARING):
            if proof.lacks(gate, stand):
                return None
            compared[gate] = proof.of(gate, stand)
        seen = Evidence(
            unfiled=await uow.storage.unfiled() if Gate.FILED in gates else (),
            compared=compared.get(Gate.DRIFT),
            tables=compared.get(Gate.TABLES),
            folders=compared.get(Gate.FOLDERS),
            waiting=await _waiting(uow, proof.mirrored_to) if Gate.MIRROR in gates else 0,
            mirror_trouble=proof.mirror_trouble,
            rows=await uow.maintenance.stored_rows() if {Gate.ROWS, Gate.BACKUP} & set(gates) else 0,
            row_limit=self.row_limit,
        )
        if Gate.ROOT in gates:
            state = await uow.storage.state()
            seen = replace(
                seen,
                has_root=self.folders is not None,
                is_claimed=state is not None and state.mode.has_files,
                trouble=await self._trouble(state),
            )
        if Gate.BACKFILL in gates:
            running = await uow.backfills.running()
            seen = replace(
                seen,
                backfilling=None if running is None or running[1] else running[0].run_id,
                unfinished=[one for one in await _unfinished(uow) if one not in without],
            )
        return await _with_backup(uow, seen) if Gate.BACKUP in gates else seen

    async def gates(self, step: Step) -> Sequence[Gate]:
        """The gates of a step, by what the ledger tells of the side that it gives up."""
        side = step.gives_up
        if side is None:
            return gates_of(step, was_home=False)
        moves: list[tuple[StorageMode, Side]] = []
        async with (
            self.unit_of_work(read_only=True) as uow,
            aclosing(_newest(uow, EventFilter(stream=STREAM))) as events,
        ):
            async for event in events:
                if event.action == MODE:
                    told = json.loads(event.details_json)
                    moves.append((StorageMode(told["after"]), Side(told.get("primary", "db"))))
        return gates_of(step, was_home=was_home(side, moves))

    async def _trouble(self, state: StorageState | None) -> str | None:
        if self.folders is None:
            return None
        try:
            if state is None or not state.mode.has_files:
                await self.folders.require_claimable("" if state is None else state.store_id)
            else:
                await self.folders.require(state.store_id)
                await self.folders.probe()
        except PlanvaultError as error:
            return f"it cannot be used ({error.code})"  # where it lies is no matter of the ledger
        return None


def keep_changing() -> ConflictError:
    """The refusal where plans are written faster than they are compared."""
    return ConflictError(
        "Plans keep changing while both sides are compared.",
        remedy="Let nobody write meanwhile: planvault maint pause --reason cutover --until 1h.",
    )


async def _waiting(uow: UnitOfWork, mirrored_to: int) -> int:
    """How many commits wait for the mirror; those that came since it was brought up to date go with the step's own."""
    oldest = await uow.outbox.pending(limit=1)
    return (await uow.outbox.standing()).count if oldest and oldest[0].commit_seq <= mirrored_to else 0


async def _stand(uow: UnitOfWork) -> dict[VersionId, str]:
    """Every version that has a payload, in order of id, with what changes whenever its payload or its folder does."""
    # No version is read here: who writes has it locked, and would wait for us as we for them.
    unfiled, unloaded = await uow.storage.unfiled(), set(await uow.storage.unloaded())
    stand: dict[VersionId, str] = {}
    for pointer in await uow.storage.pointers():
        rows = _NO_ROWS if pointer.folder.version_id in unloaded else "rows"
        stand[pointer.folder.version_id] = f"{pointer.payload_digest} {pointer.folder.name} {rows}"
    stand |= dict.fromkeys(unfiled, _NO_FOLDER)
    return dict(sorted(stand.items(), key=lambda item: item[0].lower()))


def _missing(mark: str) -> str | None:
    """Which side a version that stands like this does not have at all."""
    return next((why for why in (_NO_FOLDER, _NO_ROWS) if mark.endswith(why)), None)


async def _unfinished(uow: UnitOfWork) -> list[VersionId]:
    """The versions whose last backfill failed or came to a conflict, in order of id."""
    found: set[VersionId] = set()
    cursor: str | None = None
    while True:
        page = await uow.backfills.list(limit=_PAGE, cursor=cursor)
        for run in page.items:
            found |= {item.version_id for item in await uow.backfills.items(run.run_id) if not item.outcome.is_done}
        cursor = page.next_cursor
        if cursor is None:
            return sorted(found, key=str.lower)


async def _with_backup(uow: UnitOfWork, seen: Evidence) -> Evidence:
    try:
        _ = uow.image.tables
    except InvalidRequestError:
        return replace(seen, keeps_nothing=True)
    verified = EventFilter(stream=MAINTENANCE)
    backup = None
    async with aclosing(_newest(uow, verified)) as events:
        async for event in events:
            if event.action == VERIFIED:
                told = json.loads(event.details_json)
                backup = CheckedBackup(position=told["position"], rows=told["series_rows"], sha256=told["sha256"])
                break
    async with aclosing(_newest(uow, EventFilter())) as events:
        changed_at = await anext((event.position async for event in events if event.stream not in _NO_CONTENT), 0)
    return replace(seen, backup=backup, changed_at=changed_at)


async def _newest(uow: UnitOfWork, wanted: EventFilter) -> AsyncGenerator[Event]:
    before: int | None = None
    while events := await uow.events.newest(wanted, before=before, limit=_PAGE):
        for event in events:
            yield event
        before = events[-1].position


def evidence_fields(seen: Evidence) -> dict[str, Any]:
    """What an event keeps of the evidence beside the verdicts: digests over what was compared, and the backup."""
    compared = {"sides": seen.compared, "tables": seen.tables, "folders": seen.folders}
    told: dict[str, Any] = {
        name: {"versions": one.versions, "differing": len(one.findings), "sha256": one.digest}
        for name, one in compared.items()
        if one is not None
    }
    if seen.backup is not None:
        told["backup"] = {"position": seen.backup.position, "sha256": seen.backup.sha256}
    return told

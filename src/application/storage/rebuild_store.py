"""Building the ledger anew from a files root, when the database is gone."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from ...domain.access.actor import Actor, Role
from ...domain.errors import ConflictError
from ...domain.shared.clock import Clock
from ...domain.shared.events import EventDraft
from ...domain.shared.ids import comment
from ...domain.storage.mirror import MirrorHead, RootFile, Touched
from ...domain.storage.rebuild import LeftOut
from ...domain.storage.state import STREAM, Side, StorageMode, StorageState
from ..retrying import retried
from ..threads import in_thread
from ..unit_of_work import UnitOfWork, UnitOfWorkFactory
from .mirror_files import MirrorFiles
from .mirror_ledger import MirrorLedger
from .mirrored_root import MirroredRoot
from .rebuild_writing import Writing
from .root_survey import Survey, surveyed

_LOG = logging.getLogger("planvault.storage")
_ACTION = "rebuild"
_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild came to, or would: how much of each there is, and what was left out.

    ``epoch`` is that of the new ledger, null where nothing was kept; until the root carries it, nobody writes there.
    """

    store_id: str
    mode: StorageMode
    epoch: str | None
    versions: int
    deleted: int
    labels: int
    contents: int
    events: int
    position: int
    series_rows: int
    left_out: Sequence[LeftOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildStore:
    """Build the ledger of a files root in an empty store, all of it or nothing.

    Each version comes back in the state in which it was last mirrored, events with their positions and hashes, so
    that what was signed stays signed; one more event says who built it.  An empty store knows no tokens, so the actor's
    word is taken, as for a restore.  The units of work note nothing for the mirror themselves.
    """

    unit_of_work: UnitOfWorkFactory
    roots: Callable[[Path], AbstractContextManager[MirroredRoot]]
    mirrors: Callable[[Path], AbstractContextManager[MirrorFiles]]
    clock: Clock

    async def __call__(
        self, place: Path, *, mode: StorageMode, actor: Actor, said: str | None = None, dry_run: bool = False
    ) -> Rebuilt:
        """What the store then holds; the root is not touched, see ``hand_over``.

        Raises:
            ForbiddenError: the actor is no operator.
            ConflictError: the store is not empty, or no ledger was mirrored in the root.
            InvalidRequestError: there is no files root at that place, or the store ends with the process.
            IntegrityError: what is in the root does not fit together.
            StorageUnavailableError: the root cannot be read.
        """
        actor.require(Role.OPERATOR)
        opened = await in_thread(lambda: self.roots(place))
        with opened as root:
            async with self.unit_of_work(read_only=True) as uow:
                await _require_empty(uow)
                tables = uow.image.tables
            survey = await surveyed(root, tables)
            told = _rebuilt(survey, mode)
            if dry_run:
                return told
            return await self._built(root, survey, told, actor, comment(said))

    @retried
    async def _built(self, root: MirroredRoot, survey: Survey, told: Rebuilt, actor: Actor, why: str | None) -> Rebuilt:
        now, epoch = self.clock.now(), uuid.uuid4().hex
        async with self.unit_of_work() as uow:
            await _require_empty(uow)
            await Writing(uow=uow, root=root, survey=survey, mode=told.mode).everything()
            state = StorageState(store_id=survey.facts.store_id, since=now, epoch=epoch)
            primary = Side.FILES if told.mode is StorageMode.FILES else Side.DB
            await uow.storage.save_state(replace(state, mode=told.mode, primary=primary))
            draft = EventDraft(
                stream=STREAM,
                action=_ACTION,
                subject=STREAM,
                actor=actor,
                comment=why,
                details={
                    "epoch": epoch,
                    "epoch_before": survey.facts.epoch,
                    "position": survey.last,
                    "commit_seq": survey.commit_seq,
                    "versions": told.versions,
                    "left_out": [one.line for one in told.left_out[:_TOLD]],
                },
            )
            await uow.events.append(draft, at=now)
            await uow.outbox.raise_to(survey.commit_seq)
            touched = Touched()
            touched.event(STREAM, STREAM)
            await uow.outbox.note(touched, at=now)
            await uow.commit()
        return replace(told, epoch=epoch)

    async def hand_over(self, place: Path, *, actor: Actor) -> None:
        """Give the root to the ledger that was built from it: from then on nobody else writes there.

        The event of the rebuild is mirrored then; where damaged events of the root are in the way, it goes on waiting
        in the outbox.  Repeating it changes nothing.

        Raises:
            ForbiddenError: the actor is no operator.
            ConflictError: the store was not built from this root, or the root went on since.
            StorageError: the root cannot be written.
        """
        actor.require(Role.OPERATOR)
        with self.mirrors(place) as files:
            async with self.unit_of_work(read_only=True) as uow:
                root = await files.root()
                given = await _given(uow, root, place)
            if given != root:
                await files.save_root(given)
            try:
                await MirrorLedger(unit_of_work=self.unit_of_work, files=files)()
            except ConflictError as error:
                _LOG.warning("the mirror waits for the event of the rebuild: %s", error.message)


async def _given(uow: UnitOfWork, root: RootFile | None, place: Path) -> RootFile:
    """What the root says once it is this ledger's; what it says already, where it is.

    Raises:
        ConflictError: the store was not built from this root, or the root went on since.
    """
    state = await uow.storage.state()
    found = [event async for event in uow.events.stream(STREAM) if event.action == _ACTION]
    details = json.loads(found[-1].details_json) if found else {}
    if state is None or root is None or (state.store_id, state.epoch) != (root.store_id, details.get("epoch")):
        raise ConflictError(
            f"This store was not built from the files root {place}.",
            remedy="Build it into an empty database: planvault storage rebuild ROOT --into FILE.",
        )
    if root.epoch == state.epoch:
        return root
    if root.epoch != details["epoch_before"]:
        raise ConflictError(
            f"The files root {place} was built from once more, or restored, since this store was.",
            remedy="Keep the store that it belongs to now, or build one anew.",
        )
    position = int(details["position"])
    events = await uow.events.page(None, after=position - 1, limit=1) if position else []
    newest = events[0].hash if events else ""
    head = MirrorHead(commit_seq=int(details["commit_seq"]), position=position, hash=newest, schema=uow.image.schema)
    return replace(root, epoch=state.epoch, head=head)


async def _require_empty(uow: UnitOfWork) -> None:
    if await uow.storage.state() is not None or not await uow.image.is_empty():
        raise ConflictError(
            "The store holds something already; a ledger is built into an empty one only.",
            remedy="Name a new file or an empty database with --into.",
        )


def _rebuilt(survey: Survey, mode: StorageMode) -> Rebuilt:
    return Rebuilt(
        store_id=survey.facts.store_id,
        mode=mode,
        epoch=None,
        versions=len(survey.versions),
        deleted=survey.deleted,
        labels=survey.input_sets,
        contents=len(survey.contents),
        events=survey.event_count,
        position=survey.last,
        series_rows=survey.series_rows,
        left_out=tuple(survey.left_out),
    )

"""The contract of how payloads are kept: the state of the store, and where each version's payload lies."""

from __future__ import annotations

from dataclasses import replace

from ...application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from ...domain.plans.ports import RowStamp
from ...domain.shared.ids import VersionId
from ...domain.storage.state import FolderName, FolderPointer, StorageMode, StorageState, Verification
from ..builders import a_plan, det_rows, in_batches
from ..clocks import NOON

V1, V2, V3 = VersionId("v1"), VersionId("V2"), VersionId("v3")
ONE, OTHER = "a" * 64, "b" * 64


def a_pointer(version_id: VersionId, *, payload: str = ONE, suffix: str = "1" * 32) -> FolderPointer:
    return FolderPointer(folder=FolderName(version_id=version_id, digest=OTHER, suffix=suffix), payload_digest=payload)


async def plans(uow: UnitOfWork, *ids: VersionId) -> None:
    for version_id in ids:
        await uow.plans.add(a_plan(version_id, payload_digest=ONE))


async def test_a_store_in_which_nobody_chose_has_no_state(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work(read_only=True) as uow:
        assert await uow.storage.state() is None


async def test_the_state_comes_back_as_it_was_saved_last(unit_of_work: UnitOfWorkFactory) -> None:
    state = StorageState(store_id="store-1", since=NOON)
    verified = replace(
        state.switched(StorageMode.BOTH, at=NOON), verification=Verification(at=NOON, versions=3, findings=1)
    )
    for wanted in (state, verified, replace(verified, verification=None)):
        async with unit_of_work() as uow:
            await uow.storage.save_state(wanted)
            await uow.commit()
        async with unit_of_work(read_only=True) as uow:
            assert await uow.storage.state() == wanted


async def test_a_pointer_is_replaced_and_forgotten(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await plans(uow, V1, V2)
        await uow.storage.hold_folders()
        await uow.storage.point(a_pointer(V1))
        await uow.storage.point(a_pointer(V2))
        await uow.storage.point(a_pointer(V1, suffix="2" * 32))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert await uow.storage.pointer(V1) == a_pointer(V1, suffix="2" * 32)
        assert list(await uow.storage.pointers()) == [a_pointer(V1, suffix="2" * 32), a_pointer(V2)]
    async with unit_of_work() as uow:
        await uow.storage.unpoint(V1)
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert await uow.storage.pointer(V1) is None
        assert list(await uow.storage.pointers()) == [a_pointer(V2)]


async def test_unfiled_are_those_whose_payload_no_folder_holds(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await plans(uow, V1, V2, V3)
        await uow.storage.point(a_pointer(V1))
        await uow.storage.point(a_pointer(V2, payload=OTHER))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert list(await uow.storage.unfiled()) == [V2, V3]


async def test_a_version_that_is_removed_takes_its_pointer_along(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await plans(uow, V1)
        await uow.storage.point(a_pointer(V1))
        await uow.commit()
    async with unit_of_work() as uow:
        await uow.plans.delete(await uow.plans.get(V1))
        await uow.commit()
    async with unit_of_work(read_only=True) as uow:
        assert await uow.storage.pointer(V1) is None
        assert (list(await uow.storage.pointers()), list(await uow.storage.unfiled())) == ([], [])


async def test_a_unit_of_work_knows_whose_payload_it_wrote(unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        await plans(uow, V1, V2, V3)
        assert uow.payloads_written == set()
        await uow.payload.write_rows(V1, "det", in_batches(det_rows(7)), RowStamp())
        await uow.payload.copy(V1, V2)
        await uow.payload.save_kpis(V3, [])
        assert uow.payloads_written == {V1, V2, V3}

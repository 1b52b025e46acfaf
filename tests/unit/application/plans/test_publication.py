from __future__ import annotations

import pytest

from planvault.application.plans.publication import Publication
from planvault.domain.errors import InvalidRequestError
from planvault.testing.builders import a_plan, aggregate_rows, det_rows, in_batches
from planvault.testing.stores import memory_store


async def test_a_level_that_comes_a_second_time_is_named_and_refused() -> None:
    async with memory_store() as unit_of_work, unit_of_work() as uow:
        publication = Publication(uow, a_plan())
        await publication.begin()
        await publication.level("aggregate", in_batches(aggregate_rows()))
        await publication.level("det", in_batches(det_rows()))
        with pytest.raises(InvalidRequestError, match="level aggregate was delivered twice"):
            await publication.level("aggregate", in_batches(aggregate_rows()))

"""The state file of a backfill: what is done, beside the ledger that it repeats, for people and scripts to read."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ...application.planner import Planner
from ...application.storage.backfill_request import BackfillStep
from ...domain.errors import ConflictError, NotFoundError, StorageUnavailableError

FORMAT = "planvault backfill state 1"


class BackfillState:
    """What stands in the file; it is written whole after every version."""

    def __init__(self, path: Path, versions: dict[str, Any]) -> None:
        """Go on with these versions."""
        self._path = path
        self._versions = versions

    @classmethod
    async def read(cls, path: Path, planner: Planner, note: Callable[[str], None]) -> BackfillState:
        """The state that a file holds; one that is missing or damaged is begun anew, for the ledger knows all of it.

        Raises:
            ConflictError: it tells of a backfill that this database does not know.
            StorageUnavailableError: it cannot be read.
        """
        said = _said(path, note)
        if said is None:
            return cls(path, {})
        run_id, versions = said
        try:
            await planner.storage.backfill_run(run_id)
        except NotFoundError as error:
            raise ConflictError(
                f"{path} tells of a backfill into another database.",
                remedy="Name the database that it belongs to, or another --state-file.",
                run_id=run_id,
            ) from error
        return cls(path, versions)

    def note(self, step: BackfillStep) -> None:
        """Put a version into the file.

        Raises:
            StorageUnavailableError: it cannot be written; what was taken stays taken.
        """
        item = step.item
        self._versions[item.version_id] = {
            "outcome": str(item.outcome),
            "payload_digest": item.payload_digest,
            "reason": item.reason,
        }
        said = {"format": FORMAT, "run_id": step.run.run_id, "source": step.run.source, "versions": self._versions}
        try:
            _written(self._path, json.dumps(said, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
        except OSError as error:
            raise StorageUnavailableError(
                f"{self._path} cannot be written ({error.strerror}).", remedy="Leave out --state-file, or name another."
            ) from error


def _said(path: Path, note: Callable[[str], None]) -> tuple[str, dict[str, Any]] | None:
    """The run that a file tells of, and its versions; null where there is no such file, or a damaged one."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] == FORMAT:
            return str(said["run_id"]), dict(said["versions"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageUnavailableError(f"{path} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    note(f"{path} is damaged; it is written anew.")
    return None


def _written(path: Path, text: str) -> None:
    """Put a text in the place of the file, wholly or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise

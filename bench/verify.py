"""A full verification of 1 000 000 rows in the mode ``both``: rows/s and memory, against reading both sides raw.

``python bench/verify.py [--rows N] [--store KIND]``.  Raw is the driver's fetch of every row of the table and a SHA-256
over every file, without comparing anything.  Both run in processes of their own; growth is the most memory seen minus
that before.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from raw import fetched, peak_mib
from rows import det_rows
from stores import KINDS, store

from planvault import Actor, RegisterRequest, Settings, open_planner
from planvault.domain.storage.state import StorageMode

AYA = Actor.asserted("aya")
VERSIONS = 4
BLOCK = 1 << 20


async def verify(settings: Settings) -> tuple[int, float]:
    async with open_planner(settings) as planner:
        await planner.plans.list(limit=1)
        before, began = peak_mib(), time.perf_counter()
        found = [finding async for finding in planner.storage.verify(full=True)]
        if found:
            raise SystemExit(f"the two sides do not agree: {found[0]}")
        took = time.perf_counter() - began
    return round(peak_mib() - before), took


async def read_raw(settings: Settings) -> tuple[int, float]:
    before, began = peak_mib(), time.perf_counter()
    await fetched(settings.database_url)
    assert settings.files_root is not None
    for path in sorted((settings.files_root / "versions").rglob("*.*")):
        if path.is_file():
            with path.open("rb") as file:
                hashlib.file_digest(file, "sha256")
    return round(peak_mib() - before), time.perf_counter() - began


def apart(what: str, settings: Settings) -> tuple[int, float]:
    """Do it in a process of its own; how many MiB that grew by, and the seconds."""
    command = [sys.executable, __file__, "--do", what, settings.database_url, str(settings.files_root)]
    grown, took = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(grown), float(took)


async def measure(kind: str, count: int) -> None:
    with tempfile.TemporaryDirectory() as root:
        async with store(kind) as plain:
            settings = Settings(
                database_url=plain.database_url, storage_mode=StorageMode.BOTH, files_root=Path(root) / "files"
            )
            async with open_planner(settings) as planner:
                for number in range(VERSIONS):
                    request = RegisterRequest(version_id=f"v{number}", actor=AYA)
                    await planner.plans.register(request, det_rows(count // VERSIONS))
            _, raw = await asyncio.to_thread(apart, "raw", settings)
            grown, took = await asyncio.to_thread(apart, "verify", settings)
    print(
        f"{kind:<11} full verification of {count:>9,} rows   {count / took:>9,.0f} rows/s"
        f"   raw {count / raw:>9,.0f}   ratio {raw / took:.2f}   grows {grown} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--store", choices=KINDS, action="append")
    parser.add_argument("--do", nargs=3)
    arguments = parser.parse_args()
    if arguments.do:
        what, url, root = arguments.do
        settings = Settings(database_url=url, storage_mode=StorageMode.BOTH, files_root=Path(root))
        print(*asyncio.run(verify(settings) if what == "verify" else read_raw(settings)))
        return
    for kind in arguments.store or KINDS:
        asyncio.run(measure(kind, arguments.rows))


if __name__ == "__main__":
    main()

"""Start of the command line: ``planvault --help`` against ``python -c "import click"``, best of many, in turns."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 20
BAR = 3.0


def seconds(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    planvault = str(Path(sys.executable).parent / "planvault")
    ours, clicks = [], []
    for _ in range(ROUNDS):
        clicks.append(seconds(sys.executable, "-c", "import click"))
        ours.append(seconds(planvault, "--help"))
    ratio = min(ours) / min(clicks)
    verdict = "ok" if ratio <= BAR else "ABOVE"
    print(f"planvault --help {min(ours) * 1000:.0f} ms, import click {min(clicks) * 1000:.0f} ms, "
          f"ratio {ratio:.2f}  (bar {BAR:.2f}) {verdict}")  # fmt: skip


if __name__ == "__main__":
    main()

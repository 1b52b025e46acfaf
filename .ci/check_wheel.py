"""Build the wheel, install it into an empty environment, import every module, run the demo from it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Alembic runs env.py itself; the contract suites need the extra "testing".
IMPORT_EVERYTHING = """
import importlib, pkgutil, sys, planvault
skipped = ("planvault.migrations.env", *sys.argv[1:])
names = [module.name for module in pkgutil.walk_packages(planvault.__path__, "planvault.")
         if not module.name.startswith(skipped)]
for name in names:
    importlib.import_module(name)
print(f"{len(names)} modules imported from {planvault.__path__[0]}")
"""


def run(*command: str | Path, cwd: Path) -> None:
    """Run a command that has to succeed, without our checkout in sight."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "DATABASE_URL"}}
    subprocess.run([str(part) for part in command], cwd=cwd, env=environment, check=True)


def main() -> None:
    """Check the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", place / "dist", ROOT, cwd=place)
        (wheel,) = (place / "dist").glob("*.whl")
        venv.create(place / "venv", with_pip=True)
        python = place / "venv" / "bin" / "python"
        install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        constraints = ("--constraint", ROOT / "constraints.txt")
        run(*install, *constraints, wheel, cwd=place)
        run(python, "-c", IMPORT_EVERYTHING, "planvault.testing.contracts", cwd=place)
        run(place / "venv" / "bin" / "planvault", "demo", cwd=place)
        run(*install, *constraints, f"{wheel}[testing]", cwd=place)
        run(python, "-c", IMPORT_EVERYTHING, cwd=place)
        print("The wheel installs, imports and runs the demo.")


if __name__ == "__main__":
    main()

"""An engine of another package, with the faults that engines have; copied to where a worker finds it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from planvault.application.engine import Engine, EngineResult, Progress, silent
from planvault.domain.errors import EngineError, InvalidRequestError
from planvault.domain.inputs.content import InputContent
from planvault.domain.plans.series import SeriesRow

SECRETS = ("DATABASE_URL", "OPENAI_API_KEY", "PLANVAULT_TOKEN")


class ThirdPartyEngine(Engine):
    """Does what its parameter ``do`` says."""

    name = "third-party"
    version = "7"

    def __init__(self) -> None:
        self._pids = Path()
        self._progress: Progress = silent

    def parameters(self, given: Mapping[str, Any], inputs: InputContent) -> dict[str, Any]:
        assert not inputs.sections
        return dict(given)

    def run(self, inputs: InputContent, parameters: Mapping[str, Any], progress: Progress) -> EngineResult:
        assert not inputs.sections
        self._pids = Path(parameters.get("pids", ""))
        self._progress = progress
        result: EngineResult = getattr(self, parameters["do"])()
        return result

    def fail(self) -> EngineResult:
        raise EngineError("The solver found no plan.", remedy="Raise the capacity.", gap=3)

    def refuse(self) -> EngineResult:
        raise InvalidRequestError("The parameter do is refused.")

    def crash(self) -> EngineResult:
        sys.stderr.write("x" * 3_000_000 + "\n")
        raise RuntimeError("the solver is out of luck")

    def die(self) -> EngineResult:
        os._exit(3)

    def chat(self) -> EngineResult:
        sys.stdout.write("an engine that prints\n")
        return EngineResult(levels={"det": []})

    def tell(self) -> EngineResult:
        return EngineResult(levels={}, headers={"told": {name: os.environ.get(name) for name in SECRETS}})

    def fail_late(self) -> EngineResult:
        def rows() -> Iterator[SeriesRow]:
            yield SeriesRow("det", "week", "W1", "A")
            raise EngineError("The second row cannot be made.")

        return EngineResult(levels={"det": rows()})

    def wrong_rows(self) -> EngineResult:
        rows: Any = [("det", "week")]
        return EngineResult(levels={"det": rows})

    def hang(self) -> EngineResult:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self._pids.write_text(f"{os.getpid()} {child.pid}", encoding="utf-8")
        self._progress("hang", 0.5)
        time.sleep(600)
        return EngineResult(levels={})

    def pour(self) -> EngineResult:
        self._pids.write_text(f"{os.getpid()}", encoding="utf-8")

        def rows() -> Iterator[SeriesRow]:
            number = 0
            while True:
                number += 1
                yield SeriesRow("det", "week", "W1", f"{number:012}")

        return EngineResult(levels={"det": rows()})

"""Telemetry over prometheus-client, under the names that dashboards of the legacy system know."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ...application.telemetry import Telemetry


class PrometheusTelemetry(Telemetry):
    """Counts into a registry of its own, so that two planners in one process do not mix."""

    def __init__(self) -> None:
        """Declare every metric, so that it is exposed at 0 from the start."""
        self.registry = CollectorRegistry()
        self._mode = "db"
        self._declare_plans()
        self._declare_jobs()
        self._declare_store()
        self._declare_differences()

    def _declare_plans(self) -> None:
        """Those of plans."""
        self._created = Counter("plans_created", "Plans stored, by origin.", ["origin"], registry=self.registry)
        self._writes = Counter("plan_db_write", "Plans written.", ["storage_mode"], registry=self.registry)
        self._write_errors = Counter(
            "plan_db_write_error",
            "Plans that could not be written, by error code.",
            ["storage_mode", "error_type"],
            registry=self.registry,
        )
        self._latency = Histogram(
            "plan_db_write_latency_seconds",
            "Time to write a plan, commit included.",
            ["storage_mode"],
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, float("inf")),
            registry=self.registry,
        )
        self._rows = Gauge("plan_series_rows_total", "Series rows of the latest write.", registry=self.registry)
        self._last_success = Gauge(
            "plan_db_last_success_timestamp", "When a plan was last written (Unix time).", registry=self.registry
        )
        self._without_inputs = Counter(
            "run_without_input_set",
            "Plans that name no input revision, by door.",
            ["entrypoint"],
            registry=self.registry,
        )
        self._inputs_missing = Counter(
            "plan_inputs_missing", "Answers about plans whose inputs are gone.", registry=self.registry
        )

    def _declare_jobs(self) -> None:
        """Those of jobs."""
        self._jobs_enqueued = Counter("jobs_enqueued", "Jobs asked for.", ["type"], registry=self.registry)
        self._jobs_completed = Counter("jobs_completed", "Jobs that succeeded.", ["type"], registry=self.registry)
        self._jobs_failed = Counter("jobs_failed", "Jobs that failed.", ["type"], registry=self.registry)
        self._jobs_duration = Histogram(
            "jobs_duration_seconds",
            "How long jobs took.",
            ["type"],
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, float("inf")),
            registry=self.registry,
        )
        self._jobs_queued = Gauge("jobs_queued", "Jobs of the store that wait.", registry=self.registry)
        self._jobs_running = Gauge("jobs_running", "Jobs of the store that are worked on.", registry=self.registry)
        self._jobs_waited = Gauge(
            "jobs_queued_seconds", "How long the oldest queued job has waited.", registry=self.registry
        )

    def _declare_store(self) -> None:
        """Those of the store as a whole."""
        self._trimmed = Counter(
            "plan_db_capacity_trim", "Plan versions trimmed, by cause.", ["reason"], registry=self.registry
        )
        for cause in ("max_rows", "operator"):
            self._trimmed.labels(cause)
        self._last_trim = Gauge(
            "plan_db_last_trim_timestamp", "When versions were last trimmed (Unix time).", registry=self.registry
        )
        self._stored_rows = Gauge("plan_db_series_rows", "Series rows that are kept.", registry=self.registry)
        self._size = Gauge("plan_db_size_bytes", "Bytes that the database takes.", registry=self.registry)
        self._unfiled = Gauge(
            "planvault_unfiled_versions", "Plan versions that no folder holds as they are.", registry=self.registry
        )
        self._outbox = Gauge(
            "planvault_outbox_commits", "Commits that wait for the mirror of the ledger.", registry=self.registry
        )
        self._findings = Gauge(
            "planvault_storage_findings", "What the last whole verification found to differ.", registry=self.registry
        )
        self._shadow_reads = Counter(
            "planvault_shadow_reads", "Reads compared on both sides, by result.", ["result"], registry=self.registry
        )
        for result in ("agrees", "differs", "skipped"):
            self._shadow_reads.labels(result)

    def _declare_differences(self) -> None:
        """Those of differences of input sets."""
        self._differences = Counter(
            "input_set_diff_jobs", "Differences of input sets computed, by result.", ["result"], registry=self.registry
        )
        for result in ("success", "failure"):  # a first failure is an increase only where 0 was told before
            self._differences.labels(result)
        self._differences_cached = Counter(
            "input_set_diff_cache_hits", "Differences answered from the cache.", registry=self.registry
        )
        self._differences_stale = Counter(
            "input_set_diff_cache_stale", "Cached differences too old or damaged to be used.", registry=self.registry
        )

    def plan_stored(self, *, origin: str, rows: int, seconds: float) -> None:
        """A plan was stored."""
        self._created.labels(origin).inc()
        self._writes.labels(self._mode).inc()
        self._latency.labels(self._mode).observe(seconds)
        self._rows.set(rows)
        self._last_success.set_to_current_time()

    def plan_not_stored(self, *, error: str) -> None:
        """Storing a plan failed."""
        self._write_errors.labels(self._mode, error).inc()

    def run_without_inputs(self, *, entrypoint: str) -> None:
        """A plan came in that names no input revision."""
        self._without_inputs.labels(entrypoint).inc()

    def inputs_missing(self) -> None:
        """Somebody asked where a plan comes from, and its inputs are gone."""
        self._inputs_missing.inc()

    def job_submitted(self, kind: str) -> None:
        """A job was asked for."""
        self._jobs_enqueued.labels(kind).inc()

    def job_finished(self, kind: str, *, succeeded: bool, seconds: float) -> None:
        """A job ended."""
        (self._jobs_completed if succeeded else self._jobs_failed).labels(kind).inc()
        self._jobs_duration.labels(kind).observe(seconds)

    def jobs_stand(self, *, queued: int, running: int, waited_seconds: float) -> None:
        """How the jobs of the store stand."""
        self._jobs_queued.set(queued)
        self._jobs_running.set(running)
        self._jobs_waited.set(waited_seconds)

    def versions_trimmed(self, *, cause: str, count: int) -> None:
        """Plan versions were put away."""
        self._trimmed.labels(cause).inc(count)
        self._last_trim.set_to_current_time()

    def store_stands(self, *, rows: int, bytes_taken: int) -> None:
        """How much is kept."""
        self._stored_rows.set(rows)
        self._size.set(bytes_taken)

    def sides_stand(self, *, unfiled: int, outbox: int, findings: int) -> None:
        """How tables, folders and mirror stand to each other."""
        self._unfiled.set(unfiled)
        self._outbox.set(outbox)
        self._findings.set(findings)

    def store_keeps(self, mode: str) -> None:
        """In which mode the store keeps the plan that is being written."""
        self._mode = mode

    def shadow_read(self, result: str) -> None:
        """A read was compared on both sides, or skipped."""
        self._shadow_reads.labels(result).inc()

    def difference_computed(self, *, succeeded: bool) -> None:
        """A difference was computed, or could not be."""
        self._differences.labels("success" if succeeded else "failure").inc()

    def difference_from_cache(self) -> None:
        """A difference was answered from the cache."""
        self._differences_cached.inc()

    def difference_stale(self) -> None:
        """The cache held a difference that could not be used."""
        self._differences_stale.inc()

    def exposition(self) -> bytes:
        """What was counted, in Prometheus' text format."""
        return generate_latest(self.registry)

"""The tables of a legacy database, whatever its schema's age: what is missing reads as nothing."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...domain.errors import InvalidRequestError, StorageUnavailableError

OURS = "planvault_schema_version"
_KNOWN = ("plan_versions", "plan_artifacts", "plan_series", "planning_input_sets", "canonical_config_versions")


class LegacyTables:
    """A SQLite file, opened read-only; one thread at a time reads it."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            InvalidRequestError: it is no SQLite database, has none of the legacy tables, or is planvault's own.
            StorageUnavailableError: it cannot be opened.
        """
        self.path = path
        self._lock = threading.RLock()
        self._connection = _connected(path)
        try:
            names = [row[0] for row in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            self._columns = {name: self._columns_of(name) for name in names}
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise InvalidRequestError(f"{path.name} is no SQLite database ({error}).") from error
        if OURS in self._columns or not any(name in self._columns for name in _KNOWN):
            self._connection.close()
            what = "a database of planvault" if OURS in self._columns else "no database of the legacy system"
            raise InvalidRequestError(f"{path.name} is {what}.", remedy="Name the file that the legacy system writes.")

    def _columns_of(self, name: str) -> frozenset[str]:
        quoted = name.replace('"', '""')
        return frozenset(row[1] for row in self._connection.execute(f'PRAGMA table_info("{quoted}")'))

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        return table in self._columns

    def columns(self, table: str) -> frozenset[str]:
        """The columns of a table; none where there is no such table."""
        return self._columns.get(table, frozenset())

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One state of the file for everything that is read meanwhile.

        Raises:
            StorageUnavailableError: the legacy system keeps it locked.
            InvalidRequestError: the file is damaged.
        """
        with self._lock:
            try:
                self._connection.execute("BEGIN")
                try:
                    yield
                finally:
                    self._connection.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                raise StorageUnavailableError(
                    f"{self.path.name} cannot be read at present ({error}).", remedy="Try again in a moment."
                ) from error
            except sqlite3.DatabaseError as error:
                raise InvalidRequestError(f"{self.path.name} is damaged ({error}).") from error

    def rows(
        self, table: str, columns: Sequence[str], *, where: str = "", values: Sequence[object] = (), order: str = ""
    ) -> list[tuple[Any, ...]]:
        """The rows of a table, or none where there is no such table; a column that is missing is null."""
        known = self._columns.get(table)
        if known is None:
            return []
        wanted = ", ".join(f'"{column}"' if column in known else "NULL" for column in columns)
        condition = f" WHERE {where}" if where else ""
        ordered = f" ORDER BY {order}" if order else ""
        sql = f'SELECT {wanted} FROM "{table}"{condition}{ordered}'  # noqa: S608 (names of our own)
        return self._connection.execute(sql, tuple(values)).fetchall()

    def sums(self, table: str, key: str, columns: Sequence[str], *, where: str, value: object) -> list[tuple[Any, ...]]:
        """Row count and sums by key."""
        if table not in self._columns:
            return []
        totals = ", ".join(f"total({column})" for column in columns)
        sql = f"SELECT {key}, count(*), {totals} FROM {table} WHERE {where} GROUP BY {key}"  # noqa: S608
        return self._connection.execute(sql, (value,)).fetchall()


def _connected(path: Path) -> sqlite3.Connection:
    try:
        # Without its log a file in WAL mode cannot be opened in a folder that is read-only, unless nobody writes to it.
        plain = not path.with_name(f"{path.name}-wal").exists() and not _is_writable(path)
        mode = "immutable=1" if plain else "mode=ro"
        uri = f"file:{quote(str(path.resolve()))}?{mode}"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=10.0)
    except (sqlite3.Error, OSError) as error:
        raise StorageUnavailableError(f"{path.name} cannot be opened ({error}).") from error
    connection.text_factory = lambda data: data.decode("utf-8", errors="surrogateescape")
    return connection


def _is_writable(path: Path) -> bool:
    return os.access(path.parent, os.W_OK)

"""What the gates of a cutover look at: plain figures and findings, gathered anew for every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..shared.ids import VersionId


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBackup:
    """A backup that was restored into a scratch place and compared: of which position it is, and its series rows."""

    position: int
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a full comparison of all versions found: how many there were, and which do not agree and why.

    ``digest`` is over what was compared: version, payload digest and folder of each.
    """

    versions: int
    findings: Mapping[VersionId, str]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What gates look at; null is what nobody looked at, because no gate of the step asks.

    ``is_claimed`` says that the files root is in use; ``trouble`` is why it cannot be.  ``compared`` is about both
    sides, ``tables`` and ``folders`` about one alone.  ``waiting`` commits are not mirrored yet; ``mirror_trouble`` is
    what is wrong with the mirror else.  ``backfilling`` is the run under way; ``unfinished`` are the versions whose
    last backfill failed and that nobody gave up.  ``changed_at`` is the position of the last event that a backup has
    to hold, ``rows`` how many series rows there are, ``row_limit`` how many there may be, 0 for no limit.
    """

    has_root: bool = False
    is_claimed: bool = True
    trouble: str | None = None
    unfiled: Sequence[VersionId] = ()
    compared: Compared | None = None
    tables: Compared | None = None
    folders: Compared | None = None
    waiting: int = 0
    mirror_trouble: str | None = None
    backfilling: str | None = None
    unfinished: Sequence[VersionId] = ()
    keeps_nothing: bool = False
    backup: CheckedBackup | None = None
    changed_at: int = 0
    rows: int = 0
    row_limit: int = 0

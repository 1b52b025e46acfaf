"""What the ledger says of backups: where, and under which names."""

from __future__ import annotations

STREAM = "maintenance"
TAKEN = "backup"
VERIFIED = "backup-verified"

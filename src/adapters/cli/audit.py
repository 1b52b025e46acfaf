"""``planvault audit``: its commands, each from the module of what it is about."""

from __future__ import annotations

from . import audit_evidence, audit_pack, audit_reading, audit_verify
from .nouns import noun

audit = noun("audit", "The ledger: verify its chain, take checkpoints, read and export events.")
for command in (
    audit_verify.verify,
    audit_reading.checkpoint,
    audit_reading.checkpoints,
    audit_reading.heads,
    audit_reading.events,
    audit_evidence.export,
    audit_pack.pack,
):
    audit.add_command(command)

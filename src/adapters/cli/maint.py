"""``planvault maint``."""

from __future__ import annotations

from .maint_backup import backup, restore
from .nouns import noun

maint = noun("maint", "Maintenance: back up, restore.")
for command in (backup, restore):
    maint.add_command(command)

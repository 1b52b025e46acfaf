"""``planvault maint``."""

from __future__ import annotations

from .maint_backup import backup, restore
from .maint_pause import pause, resume, stats
from .maint_trim import trim
from .nouns import noun

maint = noun("maint", "Maintenance: pause, back up, restore, trim, figures.")
for command in (pause, resume, backup, restore, trim, stats):
    maint.add_command(command)

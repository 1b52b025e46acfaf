"""SQLite and PostgreSQL: one path, every disagreement in ``dialects/``."""

"""The one history of schema changes, for SQLite and PostgreSQL; shipped as ``planvault.migrations``."""

"""Where tables lie: raw SQL names the schema, because nothing relies on a search path."""

from alembic import op


def qualified(name: str) -> str:
    """The name of a table, view or function with its schema, where the database has one."""
    schema = op.get_context().version_table_schema
    return name if schema is None else f'"{schema}".{name}'

"""Tables that only grow: triggers refuse every UPDATE and DELETE, on both databases."""

from alembic import op


def refuse_changes(table: str) -> None:
    """From now on rows of the table can be added and read, nothing else."""
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
        return
    schema = _schema()
    op.execute(
        f'CREATE OR REPLACE FUNCTION "{schema}".refuse_change() RETURNS trigger LANGUAGE plpgsql AS '
        "$$ BEGIN RAISE EXCEPTION '% only grows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE ON "{schema}".{table} '
        f'FOR EACH ROW EXECUTE FUNCTION "{schema}".refuse_change()'
    )
    op.execute(
        f'CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON "{schema}".{table} '
        f'FOR EACH STATEMENT EXECUTE FUNCTION "{schema}".refuse_change()'
    )


def forget_function() -> None:
    """Drop what the triggers called, once no table has them any more."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f'DROP FUNCTION IF EXISTS "{_schema()}".refuse_change()')


def _schema() -> str:
    schema = op.get_context().version_table_schema
    if schema is None:
        raise RuntimeError("planvault's tables lie in a schema of their own on PostgreSQL")
    return schema

"""Tables whose rows stay as they are: triggers refuse UPDATE, or UPDATE and DELETE, on both databases."""

from collections.abc import Sequence

from alembic import op


def refuse_changes(table: str, verbs: Sequence[str] = ("UPDATE", "DELETE")) -> None:
    """From now on the table refuses these verbs: both, so that it only grows, or UPDATE, so that rows never change."""
    why = "only grows" if "DELETE" in verbs else "holds rows that never change"
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} {why}'); END"
            )
        return
    schema = _schema()
    op.execute(
        f'CREATE OR REPLACE FUNCTION "{schema}".refuse_change() RETURNS trigger LANGUAGE plpgsql AS '
        "$$ BEGIN RAISE EXCEPTION '% %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$"
    )
    op.execute(
        f'CREATE TRIGGER {table}_refuse_change BEFORE {" OR ".join(verbs)} ON "{schema}".{table} '
        f"FOR EACH ROW EXECUTE FUNCTION \"{schema}\".refuse_change('{why}')"
    )
    if "DELETE" in verbs:
        op.execute(
            f'CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON "{schema}".{table} '
            f"FOR EACH STATEMENT EXECUTE FUNCTION \"{schema}\".refuse_change('{why}')"
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

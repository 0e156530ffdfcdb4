"""Records that the database itself keeps from being changed: no UPDATE, DELETE, OR REPLACE or TRUNCATE.

A migration that recreates one of these tables (SQLite's batch mode does) must call `guard` again; a test looks.
"""

from sqlalchemy import Connection

# None: no row may be deleted; a condition: only rows for which it holds may be
TABLES: dict[str, str | None] = {
    "journal_entries": None,
    "events": None,
    "snapshots": None,
    "signatures": None,
    "accepted_gaps": None,
    "conflicts": None,
    "opinions": None,
    "notes": None,
    "assessments": None,
    "recommendations": None,
    "information_requests": None,
    "information_responses": None,
    "decisions": None,
    "designation_changes": None,
    "designation_signatures": None,
    "designation_sign_offs": None,
    "engagement_changes": None,
    "engagement_links": None,
    "graduation_log": None,
    "messages": None,
    "access_log": None,
    "security_log": None,
    "request_versions": "NOT OLD.filed",
}


def guard(connection: Connection, *tables: str) -> None:
    """Puts the triggers on the tables named, or on all."""
    for table in tables or TABLES:
        statements = _postgresql(table) if connection.dialect.name == "postgresql" else _sqlite(table)
        for statement in statements:
            connection.exec_driver_sql(statement)


def unguard(connection: Connection, *tables: str) -> None:
    """Takes the triggers off, for a migration that is about to drop the tables."""
    for table in tables or TABLES:
        for event in ("update", "delete", "truncate"):
            on = f" ON {table}" if connection.dialect.name == "postgresql" else ""
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{event}{on}")


def _postgresql(table: str) -> list[str]:
    erasable = TABLES[table]
    when = f"WHEN (NOT ({erasable})) " if erasable else ""
    refuse = "EXECUTE FUNCTION refuse_change()"
    return [
        (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
        ),
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} FOR EACH ROW {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {when}{refuse}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}",
    ]


def _sqlite(table: str) -> list[str]:
    erasable = TABLES[table]
    when = f"WHEN NOT ({erasable}) " if erasable else ""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {when}{refuse}",
    ]

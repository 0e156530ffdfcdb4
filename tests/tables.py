"""Every record table as it stands, to show that a refusal left no trace."""

from typing import Any

from app.store.database import Database
from app.store.schema import metadata

# What may grow by a call that was refused: logs of attempts, counters of credentials, stored answers.
EXEMPT_TABLES = frozenset({"security_log", "access_log", "idempotent_answers"})
EXEMPT_COLUMNS = frozenset(
    {
        ("api_keys", "last_used_at"),
        ("people", "signing_failures"),
        ("people", "signing_locked_until"),
        ("registrations", "tries"),
        ("email_codes", "tries"),
    }
)

Rows = dict[str, list[tuple[tuple[str, Any], ...]]]


async def snapshot(database: Database) -> Rows:
    """Table by table, every row as sorted (column, value) pairs."""
    kept: Rows = {}
    async with database.reading() as db:
        for table in metadata.sorted_tables:
            if table.name in EXEMPT_TABLES:
                continue
            columns = [each for each in table.columns if (table.name, each.name) not in EXEMPT_COLUMNS]
            found = await db.execute(table.select().with_only_columns(*columns))
            rows = [tuple(zip((each.name for each in columns), map(repr, row), strict=True)) for row in found]
            kept[table.name] = sorted(rows)
    return kept

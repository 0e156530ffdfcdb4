"""The letters that are queued, opened and rendered as the delivery loop would."""

from app.api.runtime import Runtime
from app.delivery.letters import message
from app.services import post
from app.services.post import Letter
from app.store.deliveries import deliveries


async def letters(runtime: Runtime, to: str | None = None) -> list[Letter]:
    """What waits to be sent, oldest first; a letter whose template wants a fact it has not fails here."""
    async with runtime.database.reading() as db:
        query = (
            deliveries.select()
            .where(deliveries.c.kind == post.KIND, deliveries.c.payload != "")
            .order_by(deliveries.c.id)
        )
        rows = (await db.execute(query)).all()
    queued = [post.opened(runtime.keyring, row.payload) for row in rows]
    for row, letter in zip(rows, queued, strict=True):
        message(letter, row.id, "intake@amtdp.example", row.created_at)
    return [letter for letter in queued if to in (None, letter.to)]

"""Publishing: committed events get their positions in the feed, batch by batch, from whichever worker comes first."""

import structlog

from app.store import feed
from app.store.database import Database

BATCH = 500
MOST_BATCHES = 10  # in one go; the loop goes on meanwhile
log = structlog.get_logger("amtdp.delivery")


async def publish(database: Database, batch: int = BATCH) -> int:
    """Empties the queue of events as far as one go does; how many. A fault is logged: deliveries go on without it.

    Each batch is a transaction of its own, whole or not at all.
    """
    published = 0
    for _ in range(MOST_BATCHES):
        try:
            async with database.writing() as db:
                moved = await feed.publish(db, batch)
        except Exception as fault:  # what is queued stays queued, and the next turn tries again
            log.exception("feed not published", exc_info=fault)
            break
        published += moved
        if moved < batch:
            break
    return published

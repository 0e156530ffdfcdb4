"""Files that messages name: those of the request that their thread is about, and no others."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Flaw, Invalid
from app.store import attachments


async def insist_on(db: AsyncConnection, request_id: UUID | None, files: Sequence[UUID]) -> None:
    """Raises Invalid for each that is no file of the request (None: the thread is about none)."""
    if not files:
        return
    kept = [] if request_id is None else await attachments.of_request(db, request_id)
    there = {each.id for each in kept}
    flaws = [
        Flaw(f"/attachments/{at}", "no-such-file", "The request has no file with this id.")
        for at, each in enumerate(files)
        if each not in there
    ]
    if flaws:
        raise Invalid(flaws=flaws)

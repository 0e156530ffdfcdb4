"""Checking what was recorded: the journal's chains in the store."""

from collections.abc import AsyncIterator

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import chain, exact_json
from app.store.journal import journal_entries
from app.store.requests import requests


async def broken_chains(
    db: AsyncConnection, number: str | None = None
) -> AsyncIterator[tuple[str, str | None]]:
    """Each request's number, and why its chain does not hold (None where it does)."""
    r = requests.c
    listed = select(
        r.id,
        r.number,
        r.journal_seq,
        r.journal_head,
        r.applicant_journal_seq,
        r.applicant_journal_head,
    ).order_by(r.number)
    if number is not None:
        listed = listed.where(requests.c.number == number)
    for request in (await db.execute(listed)).all():
        rows = await db.execute(
            select(journal_entries)
            .where(journal_entries.c.request_id == request.id)
            .order_by(journal_entries.c.seq)
        )
        links, shown, opened = [], [], None
        for row in rows:
            body = exact_json.decode(row.body)
            links.append(chain.Link(row.seq, row.digest, row.link, body))
            if row.applicant_seq is not None:
                shown.append(chain.Link(row.applicant_seq, row.digest, row.applicant_link, body))
            opened = opened or chain.wrongly_opened(row.seq, row.opening, body)
        fault = chain.first_broken(links, head=request.journal_head, length=request.journal_seq)
        own = chain.first_broken(
            shown, head=request.applicant_journal_head, length=request.applicant_journal_seq
        )
        yield request.number, fault or (own and f"in the applicant's chain, {own}") or opened

"""Everything that a package is made from, read at one moment, by as many statements however many rows there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import NotFound
from app.domain.policy import Actor, Permission
from app.services import records
from app.store import (
    assessments,
    assignments,
    attachments,
    consults,
    decisions,
    exchanges,
    filings,
    notes,
    questions,
    requests,
    versions,
)
from app.store.assignments import Assignment
from app.store.attachments import Attachment
from app.store.columns import Record as Row
from app.store.database import one_moment
from app.store.exchanges import Exchange
from app.store.questions import Round
from app.store.requests import DesignationRequest
from app.store.versions import Version

ALL: Final = 2**31 - 1  # of what its routes show by pages


@dataclass(frozen=True, slots=True)
class Inside:
    """What the program does around a request, for its staff alone."""

    assignments: Sequence[Assignment]
    conflicts: Sequence[Row]
    notes: Sequence[Row]
    consults: Sequence[Row]
    assessments: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Record:
    """The rows of a request that its audience may see; None where the caller's key does not reach."""

    found: DesignationRequest
    versions: Sequence[tuple[Version, int]]
    files: Sequence[Attachment]
    entries: Sequence[Row]
    events: Sequence[Row] | None
    filings: Sequence[Row]
    rounds: Sequence[Round]
    decisions: Sequence[Row]
    passages: Sequence[Row]
    exchange: Exchange | None
    inside: Inside | None


async def read(db: AsyncConnection, actor: Actor, reference: str) -> Record:
    """The record as it is at one moment. Raises NotFound where the request went meanwhile."""
    async with one_moment(db):
        found = await requests.find(db, actor, reference)
        if found is None:
            raise NotFound
        hears = actor.may(Permission.READ_EVENTS, found.applicant_id)
        writes = actor.may(Permission.USE_MAILBOX, found.applicant_id)
        return Record(
            found,
            await versions.sized(db, found),
            await attachments.of_request(db, found.id),
            await records.entries_of(db, found, actor),
            await records.events_of(db, found, actor, 0, ALL) if hears else None,
            await filings.all_of(db, found.id),
            await questions.rounds(db, found.id),
            await decisions.all_of(db, found.id),
            await exchanges.passages(db, actor, found.id),
            await exchanges.about(db, actor, found.id) if writes else None,
            await _inside(db, found) if actor.is_staff else None,
        )


async def _inside(db: AsyncConnection, found: DesignationRequest) -> Inside:
    return Inside(
        await assignments.page(db, found.id, None, ALL),
        await assignments.conflicts_of(db, found.id, None, ALL),
        await notes.page(db, found.id, None, ALL),
        await consults.page(db, found.id, None, ALL),
        await assessments.page(db, found.id, found.lead_reviewer_id, None, ALL),
    )


def chain_of(record: Record, actor: Actor) -> dict[str, Any]:
    """How long the audience's chain is, and its last link."""
    found = record.found
    if actor.is_staff:
        return {"length": found.journal_seq, "head": found.journal_head}
    return {"length": found.applicant_journal_seq, "head": found.applicant_journal_head}

"""The proposal that goes with an engagement: one PDF, counted in pages, replaced while nobody has decided."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import files
from app.domain.engagements import insist_on_pages
from app.domain.errors import FileRefused
from app.domain.keyring import Keyring
from app.domain.policy import SYSTEM
from app.domain.vocabulary import EngagementFormat
from app.services import engagement_record
from app.services import engagements as service
from app.services.attachments import Received
from app.services.engagement_record import Change
from app.services.transitions import Desk
from app.storage import opening
from app.storage.blobs import Blobs
from app.storage.scanning import Scan
from app.store import engagement_proposals, engagements
from app.store.engagement_proposals import Proposal
from app.store.engagements import Engagement

AT = "/file"


async def may_receive(desk: Desk, reference: str) -> Engagement:
    """The engagement, if the caller may put a proposal to it now. Raises NotFound, NotPermitted, Conflict."""
    return service.for_change(desk, await engagements.find(desk.db, desk.actor, reference))


def insist_on_name(filename: str) -> None:
    """Raises FileRefused, before anything of it has arrived, for what is not called a PDF."""
    if files.extension_of(filename) != "pdf":
        raise FileRefused("A proposal is a PDF.")


async def pages_of(blobs: Blobs, found: Engagement, received: Received) -> int:
    """How many pages the proposal has. Raises FileRefused, and Invalid where its format takes fewer."""
    return await pages_for(blobs, found.format, received)


async def pages_for(blobs: Blobs, format: EngagementFormat, received: Received) -> int:
    """The same for an engagement that is not there yet."""
    pages = await opening.pages_of_pdf(blobs, received.blob, received.size)
    if pages is None:
        raise FileRefused("Its pages cannot be counted: send it without encryption.")
    insist_on_pages(format, pages, AT)
    return pages


async def record(desk: Desk, reference: str, received: Received, pages: int) -> Engagement:
    """Puts it in the place of the one there is. What has changed meanwhile refuses."""
    found = await service.own(desk, reference)
    insist_on_pages(found.format, pages, AT)
    return await put(desk, found, received, pages)


async def put(desk: Desk, found: Engagement, received: Received, pages: int) -> Engagement:
    """The same for an engagement that is locked, or just opened, and a proposal that is short enough."""
    row = Proposal(
        id=received.id,
        engagement_id=found.id,
        filename=received.filename,
        size=received.size,
        sha256=received.sha256,
        pages=pages,
        scan=received.scan.value,
        blob=received.blob,
        created_by=desk.actor.person_id,
        created_at=desk.now,
        removed_at=None,
    )
    await engagement_proposals.replace(desk.db, row)
    facts = {"sha256": row.sha256, "pages": pages, "scan": row.scan}
    return await engagement_record.write(desk, found, {}, [Change("proposal_added", facts)])


async def judge(db: AsyncConnection, proposal: Proposal, scan: Scan, keyring: Keyring, now: datetime) -> None:
    """Writes down what the scanner said of one it had not judged; nothing, if another took its place meanwhile."""
    found = await engagements.lock(db, proposal.engagement_id)
    if found is None or not await engagement_proposals.judged(db, proposal.id, scan.value):
        return
    # both sides see the scan, so the tags of both change; nobody is written to
    change = Change("proposal_scanned", {"sha256": proposal.sha256, "scan": scan.value})
    await engagement_record.write(Desk(db, SYSTEM, now, keyring, public_url=""), found, {}, [change])

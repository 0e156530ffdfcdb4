"""A CATT request that came by mail: an engagement, asked for at the instant our server took the mail."""

from typing import Any, Final
from uuid import UUID

from app.domain import door
from app.domain.engagements import EngagementContent
from app.domain.errors import FileRefused, Invalid
from app.domain.files import PDF
from app.services import engagement_proposals, engagements, mail_answers
from app.services.attachments import Received
from app.services.engagements import Asked, Requester
from app.services.journal import instant
from app.services.mail_applicants import Holder, holder_of
from app.services.mail_files import Remark
from app.services.mail_outcomes import Arrived, Clerk, Outcome
from app.services.transitions import Desk
from app.storage.blobs import Blobs
from app.store.engagements import Engagement

FORMAT: Final = "CATT"
UNSAID: Final = "See the mail."
QUESTION: Final = "What the requester asks stands in its mail and in its proposal."
SUMMARY: Final = 4_000  # characters of the mail that are taken for its summary: less than its two pages
PROPOSAL: Final = "kept in the mail alone: a request for CATT has one proposal, a PDF of at most two pages."


async def ask(desk: Desk, clerk: Clerk, arrived: Arrived, proposals: dict[UUID, int]) -> Outcome:
    """The engagement, with the first file that can be its proposal; `proposals` are those, with their pages."""
    sender = arrived.mail.sender
    assert sender is not None  # noqa: S101 - sorted out before
    holder = await holder_of(desk, clerk, arrived, sender)
    standing, tree = holder.standing, _tree(arrived)
    asked = Asked(tree, door.admit(EngagementContent, tree, "/content"), "mail", arrived.row.received_at)
    requester = Requester(standing.id, standing.name, standing.type)
    made = await engagements.open(desk, requester, asked, clerk.targets)
    chosen = next((each for each in arrived.files.received if each.id in proposals), None)
    if chosen is not None:
        made = await engagement_proposals.put(desk, made, chosen, proposals[chosen.id])
    remarks = [*arrived.files.remarks, *_left(arrived, chosen)]
    answered = await _answer(desk, arrived, holder, made, remarks)
    used = frozenset() if chosen is None else frozenset({chosen.id})
    told = tuple(each.inside for each in remarks)
    return Outcome("filed", None, {"engagement_id": made.id, **answered}, used, told)


async def proposals_among(blobs: Blobs, received: list[Received]) -> dict[UUID, int]:
    """Which of the files are PDFs short enough for a proposal, with how many pages."""
    found = dict[UUID, int]()
    for each in received:
        if each.kind.media_type != PDF:
            continue
        try:
            found[each.id] = await engagement_proposals.pages_for(blobs, FORMAT, each)
        except (FileRefused, Invalid):
            continue
    return found


def _tree(arrived: Arrived) -> dict[str, Any]:
    """What an engagement must say, out of what a mail says; the whole of it stays in the mail."""
    mail, sender = arrived.mail, arrived.mail.sender
    contact = {} if sender is None else {"contact": {"email": sender.address}}
    if sender is not None and sender.name:
        contact["contact"]["name"] = sender.name
    return {
        "format": FORMAT,
        "title": mail.subject or FORMAT,
        "technology": {"summary": mail.text[:SUMMARY] or UNSAID},
        "questions": [QUESTION],
        **contact,
    }


def _left(arrived: Arrived, chosen: Received | None) -> list[Remark]:
    return [
        Remark(arrived.files.places[each.id], each.filename, PROPOSAL)
        for each in arrived.files.received
        if each is not chosen
    ]


async def _answer(
    desk: Desk, arrived: Arrived, holder: Holder, made: Engagement, remarks: list[Remark]
) -> dict[str, Any]:
    sender, link = arrived.mail.sender, None
    assert sender is not None  # noqa: S101 - sorted out before
    if holder.is_new:
        link = await mail_answers.claim_link(desk, arrived, made.applicant_id, made.number, sender.key)
    words = {
        "number": made.number,
        "link": f"{desk.public_url}/v1/engagements/{made.number}",
        "received": instant(arrived.row.received_at),
        "date": str(made.decide_by),
        "files": mail_answers.remark_words(remarks),
        "claim": mail_answers.claim_words(link),
    }
    return await mail_answers.answer(desk, arrived, "mailed_engagement_received", words)

"""A filing that came by mail: received at the instant our server took it, and answered with what it lacks."""

from collections.abc import Sequence
from typing import Any, Final

from app.domain import door, exact_json
from app.domain.content import Content
from app.domain.errors import Invalid
from app.domain.notices import IN_MAILBOX, Hearer
from app.domain.policy import Audience
from app.services import attachments as service
from app.services import correspondence, drafts, hearing, mail_answers, readiness
from app.services.correspondence import Telling
from app.services.drafts import Mailed, Sent
from app.services.journal import instant
from app.services.mail_applicants import holder_of
from app.services.mail_files import Files, Remark
from app.services.mail_outcomes import Arrived, Clerk, Outcome
from app.services.transitions import Desk
from app.store import attachments
from app.store.requests import DesignationRequest

LONGEST_CONTENT: Final = 4 * 2**20  # bytes of an attached content


async def file(desk: Desk, clerk: Clerk, arrived: Arrived) -> Outcome:
    """A mailed draft with its files, and an answer. The sender is there: who names none is held before.

    Files beyond those that a request may have stay in the mail alone.
    """
    sender = arrived.mail.sender
    assert sender is not None  # noqa: S101 - sorted out before
    holder = await holder_of(desk, clerk, arrived, sender)
    received = arrived.files.received[: clerk.max_files]
    remarks = [*arrived.files.remarks, *_left(arrived.files, clerk.max_files)]
    mailed = Mailed(arrived.row.received_at, arrived.row.sha256, received)
    found = await drafts.open_mailed(desk.db, holder.standing, _content_of(arrived), mailed, desk.now)
    await _tell(desk, found)
    link = None
    if holder.is_new:
        link = await mail_answers.claim_link(desk, arrived, found.applicant_id, found.number, sender.key)
    answered = await _answer(desk, arrived, found, remarks, link)
    used = frozenset(each.id for each in received)
    told = tuple(each.inside for each in remarks)
    return Outcome("filed", None, {"request_id": found.id, **answered}, used, told)


def _left(files: Files, most: int) -> list[Remark]:
    sentence = f"kept in the mail alone. {service.at_most(most)}"
    return [Remark(files.places[each.id], each.filename, sentence) for each in files.received[most:]]


def _content_of(arrived: Arrived) -> Sent:
    """The one attached file that is a content in our published form; else what the subject says is its title."""
    found = [sent for each in arrived.mail.enclosed if (sent := _as_content(each.filename, each.content))]
    if len(found) == 1:
        return found[0]
    tree: dict[str, Any] = {"title": arrived.mail.subject} if arrived.mail.subject else {}
    return Sent(tree, door.content(tree))


def _as_content(filename: str, body: bytes) -> Sent | None:
    if not filename.lower().endswith(".json") or len(body) > LONGEST_CONTENT:
        return None
    try:
        tree = exact_json.decode(body)
        content: Content = door.content(tree)
    except (Invalid, ValueError):
        return None
    return Sent(tree, content) if tree else None


async def _tell(desk: Desk, found: DesignationRequest) -> None:
    """In the applicant's thread, and inside to the coordinators, whose move it is."""
    about, words = hearing.about(found, None), hearing.words_of(desk.public_url, found)
    told = (
        Telling(about, Audience.APPLICANT, "mailed_filing_kept", words, IN_MAILBOX),
        Telling(about, Audience.PROGRAM, "mailed_filing_arrived", words, frozenset({Hearer.COORDINATORS})),
    )
    await correspondence.tell_at_once(desk, told)


async def _answer(
    desk: Desk, arrived: Arrived, found: DesignationRequest, remarks: Sequence[Remark], link: str | None
) -> dict[str, Any]:
    files = await attachments.of_request(desk.db, found.id)
    report = readiness.of_request(found, files, (), desk.now)
    words = {
        **hearing.words_of(desk.public_url, found),
        "received": instant(arrived.row.received_at),
        "report": mail_answers.report_words(report),
        "files": mail_answers.remark_words(remarks),
        "claim": mail_answers.claim_words(link),
    }
    return await mail_answers.answer(desk, arrived, "mailed_filing_received", words)

"""Drafts: opened, amended, extended and deleted by the applicant; every step is in the journal."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json, lifecycle
from app.domain.calendars import civil_date
from app.domain.content import Content
from app.domain.errors import Flaw, Invalid, NotADraft, NotFound, NotPermitted
from app.domain.identity import new_id
from app.domain.lifecycle import State, Status
from app.domain.policy import Actor, Permission, Standing
from app.domain.rules.case import Applicant
from app.domain.vocabulary import Scope
from app.services import attachments as service
from app.services import journal, readiness
from app.services.attachments import Received
from app.services.journal import Entry, Heads
from app.store import attachments, requests, versions
from app.store.attachments import Attachment
from app.store.journal import journal_entries
from app.store.requests import DesignationRequest
from app.store.writes import Writes

MAIL_TEXT = "mail.txt"  # what a mail says, among its files
DRAFT_DAYS = 180  # contract of the service: a draft expires this long after its last change


@dataclass(frozen=True, slots=True)
class Sent:
    """A content in both forms: as it was sent, and as it was understood."""

    tree: dict[str, Any]
    content: Content


@dataclass(frozen=True, slots=True)
class Mailed:
    """What a filing that came by mail has beyond a draft: its instant, the mail it came in, and its files."""

    received_at: datetime
    sha256: str
    files: Sequence[Received]


async def open_draft(
    db: AsyncConnection, actor: Actor, sent: Sent, applicant_id: UUID | None, now: datetime
) -> DesignationRequest:
    return await _opened(db, actor, holder_of(actor, applicant_id), sent, now)


async def open_mailed(
    db: AsyncConnection, holder: Standing, sent: Sent, mailed: Mailed, now: datetime
) -> DesignationRequest:
    """Opened by nobody but the mail itself: its desk sees it at once, and it never expires."""
    return await _opened(db, None, holder, sent, now, mailed)


async def _opened(
    db: AsyncConnection,
    actor: Actor | None,
    holder: Standing,
    sent: Sent,
    now: datetime,
    mailed: Mailed | None = None,
) -> DesignationRequest:
    request_id = new_id()
    number = await requests.next_number(db, request_id, civil_date(now).year)
    text = exact_json.stored(sent.tree)
    digest = exact_json.sha256(text)
    principals = () if actor is None else readiness.principals_of(actor, holder.id)
    applicant = Applicant(holder.name, holder.type, principals)
    report = readiness.of_new_content(sent.content, digest, applicant, now)
    files = [] if mailed is None else [_mailed_file(request_id, each, now) for each in mailed.files]
    facts = {} if mailed is None else {"mail": mailed.sha256}
    entry = Entry("draft_opened", actor, now, after=digest, facts=facts)
    entries = (entry, *(service.added(each, actor) for each in files))
    made = journal.chained(request_id, number, Heads(), entries)
    values = {
        "id": request_id,
        "number": number,
        "applicant_id": holder.id,
        "applicant_type": holder.type,
        "state": State.DRAFT.value,
        "status": Status.DRAFT.value,
        "on_desk": mailed is not None,
        "mail_received_at": None if mailed is None else mailed.received_at,
        "workflow_version": lifecycle.VERSION,
        "question_round": 0,
        "question_lapsed": False,
        "version": 1,
        "revision": 1,
        "applicant_revision": 1,
        "content": text,
        "content_digest": digest,
        **_summary(sent.content),
        **readiness.columns(report),
        "created_by": None if actor is None else actor.person_id,
        "created_at": now,
        "updated_at": now,
        "applicant_updated_at": now,
        "expires_at": _expiry(None if mailed is None else mailed.received_at, now),
        "applicant_sequence": 0,
        "program_sequence": 0,
        **made.columns,
    }
    writes = Writes()
    writes.insert(requests.requests, [values])
    writes.insert(journal_entries, made.rows)
    writes.insert(attachments.attachments, [asdict(each) for each in files])
    await writes.send(db)
    return DesignationRequest.opened(values, holder.name)


def _mailed_file(request_id: UUID, received: Received, now: datetime) -> Attachment:
    kind = "cover_letter" if received.filename == MAIL_TEXT else "other"
    return service.row_of(request_id, received, kind, None, None, now)


def _expiry(mail_received_at: datetime | None, now: datetime) -> datetime | None:
    """What came by mail is received, so it never expires, whatever is changed of it later."""
    return None if mail_received_at is not None else now + timedelta(days=DRAFT_DAYS)


async def own_draft(db: AsyncConnection, actor: Actor, reference: str) -> DesignationRequest:
    """The draft, locked, if the caller may edit it. Raises NotFound, NotPermitted, NotADraft."""
    found = await requests.find(db, actor, reference, lock=True)
    if found is None:
        raise NotFound
    if not actor.may(Permission.EDIT_DRAFTS, found.applicant_id):
        raise NotPermitted("Editing a draft needs the role preparer or signer and the scope requests:write.")
    if found.state is not State.DRAFT:
        raise NotADraft(present=found.status.value)
    return found


async def amend(
    db: AsyncConnection, actor: Actor, found: DesignationRequest, sent: Sent, now: datetime
) -> DesignationRequest:
    """The draft with new content; the old content stays as a version. Nothing happens where nothing changed."""
    text = exact_json.stored(sent.tree)
    digest = exact_json.sha256(text)
    if digest == found.content_digest:
        return found
    writes = Writes()
    superseded = versions.version_row(found, found.created_by, found.updated_at)
    writes.insert(versions.request_versions, [superseded])
    principals = readiness.principals_of(actor, found.applicant_id)
    applicant = Applicant(found.applicant_name, found.applicant_type, principals)
    report = readiness.of_new_content(sent.content, digest, applicant, now)
    entry = Entry("draft_amended", actor, now, before=found.content_digest, after=digest)
    values = {
        "version": found.version + 1,
        "applicant_revision": found.applicant_revision + 1,
        "content": text,
        "content_digest": digest,
        **_summary(sent.content),
        **readiness.columns(report),
        "updated_at": now,
        "applicant_updated_at": now,
        "expires_at": _expiry(found.mail_received_at, now),
        "expiry_told": None,
        **journal.record(writes, found, entry),
    }
    requests.change(writes, found, values)
    await writes.send(db)
    return found.with_values(values)


async def extend(
    db: AsyncConnection, actor: Actor, found: DesignationRequest, now: datetime
) -> DesignationRequest:
    writes = Writes()
    values = {
        "applicant_revision": found.applicant_revision + 1,
        "updated_at": now,
        "applicant_updated_at": now,
        "expires_at": _expiry(found.mail_received_at, now),
        "expiry_told": None,
        **journal.record(writes, found, Entry("draft_extended", actor, now)),
    }
    requests.change(writes, found, values)
    await writes.send(db)
    return found.with_values(values)


async def delete(db: AsyncConnection, actor: Actor | None, found: DesignationRequest, now: datetime) -> None:
    """Erases content and versions; number and chain stay, so that the number is never given again."""
    action = "draft_deleted" if actor is not None else "draft_expired"
    await versions.erase_versions(db, found.id)
    await attachments.remove_all(db, found.id, now)
    writes = Writes()
    chained = journal.record(writes, found, Entry(action, actor, now, before=found.content_digest))
    requests.change(writes, found, {"content": None, "title": None, "updated_at": now, **chained})
    await writes.send(db)


def holder_of(actor: Actor, applicant_id: UUID | None) -> Standing:
    """The applicant that something is opened for: the one named, or the only one the caller drafts for."""
    own = actor.applicants(Permission.EDIT_DRAFTS)
    if not own:
        raise NotPermitted("This needs the role preparer or signer and the scope requests:write.")
    if applicant_id is None and len(own) != 1:
        raise Invalid(
            flaws=[Flaw("/applicant_id", "required", "You act for more than one applicant; say which.")]
        )
    chosen = applicant_id or own[0]
    if chosen not in own:
        raise Invalid(flaws=[Flaw("/applicant_id", "unknown", "You do not draft for such an applicant.")])
    return actor.standings[chosen]


def _summary(content: Content) -> dict[str, str | None]:
    """What lists filter by, kept beside the content."""
    return {"title": content.title, "scope": scope_of(content)}


def scope_of(content: Content) -> Scope | None:
    """The scope that the content declares."""
    return None if content.context_of_use is None else content.context_of_use.scope

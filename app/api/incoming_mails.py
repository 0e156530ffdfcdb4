"""Mails that came in, for coordinators: what became of each, its bytes, and a decision on those that wait."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.attachment_shapes import DOWNLOADS, Bytes
from app.api.attachments import IfRange, Range, handed_out
from app.api.deps import Caller, Limit, Look, The, Tx
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import In, Out
from app.api.sight import note_look
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain import exact_json
from app.domain.errors import NotFound
from app.domain.mails.sorting import REASONS
from app.domain.policy import Actor, Permission
from app.services import held_mails, mail_answers
from app.services.journal import instant
from app.store import incoming_mails
from app.store.columns import Record

router = APIRouter(prefix="/v1/incoming-mails", route_class=Transacted, tags=["desk"])
Verdict = Literal["arrived", "filed", "replied", "held", "refused", "ignored", "bounced"]


class ReasonOut(Out):
    code: str
    detail: str


class IncomingMailOut(Out):
    id: UUID
    received_at: datetime = Field(description="When it came: a filing is received at this instant")
    stated_at: datetime | None = Field(
        description="When that was stated, for a mail that lay elsewhere; null: our server took it itself"
    )
    to: Literal["program", "thread"]
    sender: str | None = Field(
        description="The address in `From`; what vouches for it is in `authentication`"
    )
    subject: str | None
    message_id: str | None
    size: int
    sha256: str
    verdict: Verdict
    reason: ReasonOut | None
    authentication: dict[str, str] = Field(description="By method, as our mail server recorded it")
    remarks: list[str]
    thread_id: UUID | None
    designation_request: str | None
    engagement: str | None
    settled_at: datetime | None
    decided_by: UUID | None
    decided_at: datetime | None


class IncomingMailPage(Out):
    items: list[IncomingMailOut]
    next_cursor: str | None


class MailDecisionIn(In):
    decision: Literal["release", "refuse"]


@dataclass(frozen=True, slots=True)
class _Coordinator:
    """Who may look at mail: a person, since some mail is about what a person may be recused from."""

    actor: Actor
    id: UUID


async def _coordinator(actor: Caller) -> _Coordinator:
    """Raises NotFound for everybody else: mail that is held may be anybody's."""
    if not actor.is_staff or actor.person_id is None or not actor.may(Permission.SCREEN_REQUESTS):
        raise NotFound
    return _Coordinator(actor, actor.person_id)


Coordinator = Annotated[_Coordinator, Depends(_coordinator)]


def _view(row: Record) -> dict[str, Any]:
    return {
        "id": row.id,
        "received_at": instant(row.received_at),
        "stated_at": row.stated_at and instant(row.stated_at),
        # the address of a thread is a secret of whoever it was written to
        "to": "program" if row.thread_id is None else "thread",
        "sender": row.sender,
        "subject": row.subject,
        "message_id": row.message_id,
        "size": row.size,
        "sha256": row.sha256,
        "verdict": row.verdict,
        "reason": None if row.reason is None else {"code": row.reason, "detail": REASONS[row.reason]},
        "authentication": exact_json.decode(row.authentication) if row.authentication else {},
        "remarks": exact_json.decode(row.remarks) if row.remarks else [],
        "thread_id": row.thread_id,
        "designation_request": row.number,
        "engagement": row.engagement,
        "settled_at": row.settled_at and instant(row.settled_at),
        "decided_by": row.decided_by,
        "decided_at": row.decided_at and instant(row.decided_at),
    }


@router.get("", response_model=IncomingMailPage, responses={404: {}}, operation_id="listIncomingMails",
            summary="Mails that came in, the latest first")  # fmt: skip
async def list_mails(
    request: Request,
    who: Coordinator,
    db: Look,
    the: The,
    verdict: Annotated[Verdict | None, Query(description="Only these, as `held`.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, who.actor.key_id or who.id)
    after = opened(the.keyring, listing, cursor)
    before = UUID(after[0]) if after else None
    rows = await incoming_mails.page(db, who.id, verdict, before, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), _view)


async def _seen(id: UUID, who: Coordinator, request: Request, db: Look, the: The) -> Record:
    found = await incoming_mails.seen(db, who.id, id)
    if found is None:
        raise NotFound
    await note_look(request, db, who.actor, the, id)
    return found


SeenMail = Annotated[Record, Depends(_seen)]


@router.get("/{id}", response_model=IncomingMailOut, operation_id="getIncomingMail",
            summary="What became of a mail")  # fmt: skip
async def get_mail(found: SeenMail) -> Response:
    view = _view(found)
    return answer(view, etag=tag_of(view))


@dataclass(frozen=True, slots=True)
class _Raw:
    """A mail as a download."""

    filename: str
    size: int
    sha256: str
    blob: str
    scan: str = "unscanned"
    media_type: str = "application/octet-stream"  # never one that a browser opens


@router.get("/{id}/content", operation_id="downloadIncomingMail", response_class=Bytes, responses=DOWNLOADS,
            summary="The bytes of a mail as they came, which no scanner has judged")  # fmt: skip
async def download(
    found: SeenMail, request: Request, the: The, asked: Range = None, if_range: IfRange = None
) -> Response:
    raw = _Raw(f"{found.id}.eml", found.size, found.sha256, found.blob)
    return await handed_out(raw, the, request, asked, if_range)


@router.post("/{id}/decisions", status_code=201, response_model=IncomingMailOut,
             operation_id="decideOnIncomingMail", summary="Release a mail that is held, or refuse it")  # fmt: skip
async def decide(id: UUID, body: MailDecisionIn, who: Coordinator, db: Tx, the: The) -> Response:
    found = await held_mails.decide(desk_of(db, who.actor, the), who.id, id, body.decision)
    return answer(_view(found), 201)


@router.post("/{id}/claim-links", status_code=201, response_model=IncomingMailOut,
             operation_id="renewClaimLink", summary="Mail whoever sent it a new claim link")  # fmt: skip
async def renew_claim(id: UUID, who: Coordinator, db: Tx, the: The) -> Response:
    found = await incoming_mails.seen(db, who.id, id)
    if found is None:
        raise NotFound
    await mail_answers.renew_claim(desk_of(db, who.actor, the), id)
    return answer(_view(found), 201)

"""The bodies of consults: what is asked, what staff on the request sees of it, and what the consultant sees."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.attachment_shapes import AttachmentOut
from app.api.payloads import In, Out
from app.domain import exact_json
from app.domain.shapes import CivilDate, Prose
from app.services.journal import instant
from app.store.columns import Record

ConsultKind = Literal["other_center", "ett", "catt", "compliance"]
ConsultStatus = Literal["open", "answered", "cancelled"]
PartPointer = Annotated[
    str, Field(min_length=9, max_length=400, pattern=r"^/content(/[A-Za-z0-9_]{1,60}){1,12}$")
]


class ConsultIn(In):
    """The consultant sees the question, and of the request what is named here: nothing else."""

    kind: ConsultKind
    consultant_id: UUID = Field(description="Somebody with role consultant or reviewer")
    question: Prose
    parts: Annotated[list[PartPointer], Field(max_length=50)] = Field(description="Pointers into the content")
    attachments: Annotated[list[UUID], Field(max_length=50)] = Field(
        default_factory=list, description="Ids of files of the request"
    )
    due_on: CivilDate | None = None


class OpinionIn(In):
    text: Prose


class OpinionOut(Out):
    text: str
    at: datetime


class ConsultBrief(Out):
    id: UUID
    kind: ConsultKind
    status: ConsultStatus
    question: str
    due_on: date | None
    asked_at: datetime
    opinion: OpinionOut | None


class ConsultOut(ConsultBrief):
    """As staff on the request sees it."""

    consultant: Any
    asked_by: UUID
    parts: list[str]
    attachments: list[UUID]
    cancelled_at: datetime | None


class ConsultPage(Out):
    items: list[ConsultOut]
    next_cursor: str | None


class OwnConsultBrief(ConsultBrief):
    number: str


class OwnConsultPage(Out):
    items: list[OwnConsultBrief]
    next_cursor: str | None


class PartOut(Out):
    pointer: str
    value: Any = Field(description="As it stands in the present content; null where it no longer does")


class OwnConsultOut(OwnConsultBrief):
    """All that its consultant sees of the request; no part and no file once it was cancelled."""

    parts: list[PartOut]
    attachments: list[AttachmentOut]


def status_of(row: Record) -> ConsultStatus:
    if row.opinion is not None:
        return "answered"
    return "open" if row.cancelled_at is None else "cancelled"


def brief(row: Record) -> dict[str, Any]:
    given = None if row.opinion is None else {"text": row.opinion, "at": instant(row.given_at)}
    return {
        "id": row.id,
        "kind": row.kind,
        "status": status_of(row),
        "question": row.question,
        "due_on": row.due_on,
        "asked_at": instant(row.asked_at),
        "opinion": given,
    }


def for_staff(row: Record) -> dict[str, Any]:
    return {
        **brief(row),
        "consultant": {"id": row.consultant_id, "name": row.consultant_name},
        "asked_by": row.asked_by,
        "parts": exact_json.decode(row.parts),
        "attachments": exact_json.decode(row.attachments),
        "cancelled_at": row.cancelled_at and instant(row.cancelled_at),
    }

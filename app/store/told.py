"""A message about to be told, and the tables of parameters in which it travels."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Integer, Text, Uuid

from app.domain.notices import Hearer
from app.store.batches import Batch
from app.store.columns import Instant


@dataclass(frozen=True, slots=True)
class Row:
    """One message and the thread it goes to, which is made if there is none; members as the tables have them."""

    message_id: UUID
    thread_id: UUID
    kind: str
    about_id: UUID | None
    number: str | None
    request_id: UUID | None
    audience: str
    applicant_id: UUID | None
    desk: str
    mailbox_id: UUID | None  # the desk's, where the program finds it
    subject: str
    turn: str
    at: datetime
    today: date
    side: str
    via: str
    by: UUID | None = None
    template: str | None = None
    template_version: int | None = None
    words: str | None = None
    text: str | None = None
    quoted: str | None = None
    files: str | None = None
    left_id: UUID | None = None  # the mailbox of the desk that the thread leaves with this


@dataclass(frozen=True, slots=True)
class Told:
    """A message, and who hears of it beside its author: by part, and by name (person to mailbox)."""

    row: Row
    hears: frozenset[Hearer]
    people: Mapping[UUID, UUID]


_KINDS: Final[Mapping[str, Any]] = {
    "at": Instant,
    "today": Date,
    "template_version": Integer,
    **dict.fromkeys(
        (
            "message_id",
            "thread_id",
            "about_id",
            "request_id",
            "applicant_id",
            "mailbox_id",
            "left_id",
            "by",
        ),
        Uuid,
    ),
}
ROW: Final = tuple(Row.__dataclass_fields__)
GIVEN: Final = Batch(
    "told_given",
    **{name: _KINDS.get(name, Text) for name in ROW},
    hears=Text,
    last_id=Uuid,
    count=Integer,
    back=Integer,
)
PEOPLE: Final = Batch("told_named", message_id=Uuid, person_id=Uuid, mailbox_id=Uuid)

"""Mailboxes: an applicant's, a member of staff's, and the shared desks; and whose move a thread waits for.

A mailbox has no row of its own: an applicant's has the applicant's id, a person's the person's, a desk's one that
stands here. So whoever writes into one needs no look-up.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final
from uuid import UUID

from app.domain.policy import Audience


class Desk(StrEnum):
    """A shared desk of the program. Each thread stands at one, so that none is ever without an owner."""

    PROGRAM = "program"
    CDER = "cder"
    CBER = "cber"

    @property
    def mailbox(self) -> UUID:
        return DESK_IDS[self]


# Their time is 2023-01-01, a day after 506L was enacted; the rest tells them apart.
DESK_IDS: Final[Mapping[Desk, UUID]] = {
    Desk.PROGRAM: UUID("01856aa0-c800-7000-8000-000000000001"),
    Desk.CDER: UUID("01856aa0-c800-7000-8000-000000000002"),
    Desk.CBER: UUID("01856aa0-c800-7000-8000-000000000003"),
}
DESKS: Final[Mapping[UUID, Desk]] = {id: desk for desk, id in DESK_IDS.items()}
DESK_NAMES: Final[Mapping[Desk, str]] = {
    Desk.PROGRAM: "Program desk",
    Desk.CDER: "CDER desk",
    Desk.CBER: "CBER desk",
}


def desk_of(lead_center: str | None) -> Desk:
    """The desk that owns what has this lead center; what has none yet, or both, is the program's."""
    return {"CDER": Desk.CDER, "CBER": Desk.CBER}.get(lead_center or "", Desk.PROGRAM)


class Turn(StrEnum):
    """Whose move a thread waits for."""

    APPLICANT = "applicant"
    PROGRAM = "program"
    NONE = "none"


class Kind(StrEnum):
    """What a thread can be about."""

    REQUEST = "designation_request"
    DRAFT = "draft"  # what only its applicant ever sees: it lies at no desk
    DESIGNATION = "designation"
    ENGAGEMENT = "engagement"
    ENDPOINT = "webhook_endpoint"
    BROADCAST = "broadcast"
    GENERAL = "general"


@dataclass(frozen=True, slots=True)
class About:
    """What a thread is about. `request_id` is the request by whose conflicts of interest its readers are told apart."""

    kind: Kind
    id: UUID
    number: str
    desk: Desk
    applicant_id: UUID | None = None
    request_id: UUID | None = None
    left: Desk | None = None  # the desk that it leaves with this
    name: str = ""  # of what has no number

    @property
    def subject(self) -> str:
        """Of a thread about it."""
        return self.number or self.name

    @property
    def desk_mailbox(self) -> UUID | None:
        """Where the program finds it: not what is an applicant's own affair until it writes to the program there."""
        is_theirs = self.kind is Kind.ENDPOINT and self.applicant_id is not None
        return None if is_theirs or self.kind is Kind.DRAFT else self.desk.mailbox


@lru_cache(maxsize=256)
def main_thread(about: About, side: Audience) -> UUID:
    """The id of the thread in which one side hears of a thing: always the same, so nobody looks it up.

    A UUIDv7 with the time of what it is about; its random bits are a digest. A thing that passes from one applicant to
    another has a thread for each.
    """
    theirs = about.applicant_id if side is Audience.APPLICANT else None
    of = side.value.encode() if theirs is None else theirs.bytes
    digest = hashlib.sha256(about.kind.value.encode() + about.id.bytes + of).digest()
    random = int.from_bytes(digest[:10])
    value = (about.id.int >> 80 << 80) | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)

"""Writing what happens to an engagement: its row, its history, its events and letters, each audience's for itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from app.domain import exact_json
from app.domain.engagement_lifecycle import EngagementState
from app.domain.mailboxes import About, Kind
from app.domain.mailboxes import Desk as Desks
from app.domain.notices import NOTICES
from app.domain.policy import Actor, Audience
from app.services import announcements, correspondence
from app.services.announcements import Announcement, Subject
from app.services.correspondence import Telling
from app.services.transitions import Desk, Record
from app.store import engagements
from app.store.engagement_records import engagement_changes
from app.store.engagements import Engagement
from app.store.writes import Writes

BOTH: Final = (Audience.APPLICANT, Audience.PROGRAM)
STATUS_CHANGED: Final = "engagement.status_changed"
WORDS: Final[Mapping[EngagementState, str]] = {
    EngagementState.REQUESTED: "requested and not yet decided",
    EngagementState.ACCEPTED: "accepted",
    EngagementState.DECLINED: "declined",
    EngagementState.SCHEDULED: "scheduled",
    EngagementState.HELD: "held",
    EngagementState.CLOSED: "closed",
    EngagementState.WITHDRAWN: "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of the history: what happened, and who may read it. What is for the requester, the program reads too."""

    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    audience: Audience = Audience.APPLICANT


def announced(type: str, data: Mapping[str, Any]) -> tuple[Announcement, ...]:
    return tuple(Announcement(type, audience, data) for audience in BOTH)


def subject_of(found: Engagement, state: EngagementState) -> Subject:
    """An engagement as events tell of it; `state` is what it has after the change."""
    return Subject(
        found.id,
        found.number,
        f"/v1/engagements/{found.number}",
        found.applicant_id,
        {"number": found.number, "status": state.value},
        {Audience.APPLICANT: found.applicant_sequence, Audience.PROGRAM: found.program_sequence},
    )


def columns_after(
    found: Engagement, values: Mapping[str, Any], changes: Sequence[Change], now: datetime
) -> dict[str, Any]:
    """The row's columns after it; what the requester cannot see leaves its revision and date alone."""
    shown = sum(each.audience is Audience.APPLICANT for each in changes)
    own = {
        "applicant_revision": found.applicant_revision + 1,
        "applicant_updated_at": now,
        "applicant_changes": found.applicant_changes + shown,
    }
    return {
        "updated_at": now,
        "changes": found.changes + len(changes),
        **(own if shown else {}),
        **values,
    }


async def write(
    desk: Desk,
    found: Engagement,
    values: Mapping[str, Any],
    changes: Sequence[Change],
    told: Iterable[Announcement] = (),
    tellings: Sequence[Telling] = (),
    records: Iterable[Record] = (),
) -> Engagement:
    """Writes all of it, with the row's lock held; the engagement afterwards."""
    writes = Writes()
    after = columns_after(found, values, changes, desk.now)
    subject = subject_of(found, EngagementState(after.get("state") or found.state))
    last = await announcements.gather(desk.db, writes, subject, desk.now, desk.public_url, told)
    after |= {f"{audience.value}_sequence": number for audience, number in last.items()}
    engagements.change(writes, found, after)
    writes.insert(engagement_changes, history_rows(found, changes, desk))
    for table, rows in records:
        writes.insert(table, rows)
    correspondence.tell(desk, writes, tellings)
    await writes.send(desk.db)
    return found.with_values(after)


def history_rows(found: Engagement, changes: Iterable[Change], desk: Desk) -> list[dict[str, Any]]:
    """The entries as they follow those that there are; each audience counts its own."""
    rows, seq, shown = [], found.changes, found.applicant_changes
    for each in changes:
        seq += 1
        shown += each.audience is Audience.APPLICANT
        rows.append(
            {
                "engagement_id": found.id,
                "seq": seq,
                "applicant_seq": shown if each.audience is Audience.APPLICANT else None,
                "at": desk.now,
                "what": each.what,
                "audience": each.audience.value,
                "side": side_of(desk.actor),
                "by": desk.actor.person_id,
                "facts": exact_json.stored(dict(each.facts)),
            }
        )
    return rows


def side_of(actor: Actor) -> str:
    """Who acted, as the other side is told."""
    return "system" if actor.is_system else actor.audience.value


async def tellings(desk: Desk, found: Engagement, what: str, **facts: str) -> tuple[Telling, ...]:
    """What this act tells, by the table of notices; nothing of what either side has written."""
    link = f"{desk.public_url}/v1/engagements/{found.number}"
    words = {"number": found.number, "link": link, **facts}
    return await correspondence.tellings(desk, about(found), NOTICES[f"engagement_{what}"], words)


def about(found: Engagement) -> About:
    """ETP is CDER's program and CATT CBER's; what both hold lies at the program's desk."""
    desk = {"ETP": Desks.CDER, "CATT": Desks.CBER}.get(found.format, Desks.PROGRAM)
    return About(Kind.ENGAGEMENT, found.id, found.number, desk, found.applicant_id)

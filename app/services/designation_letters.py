"""What is told of a designation: to its holder, to those it authorized, and inside. It holds no content.

Each applicant hears in a thread of its own: who else is concerned is none of its business.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from app.domain.calendars import civil_date
from app.domain.mailboxes import About, Kind, desk_of
from app.domain.notices import IN_MAILBOX, INSIDE, NOTICES, Hearer
from app.domain.policy import Audience
from app.services import notices
from app.services.correspondence import Said, Telling
from app.services.post import Letter
from app.services.transitions import Desk
from app.store import authorizations
from app.store.columns import Record
from app.store.designations import Designation


class Reached(NamedTuple):
    """Somebody who hears: a signer of an applicant or, with neither, whoever has an address."""

    email: str
    applicant_id: UUID | None = None
    person_id: UUID | None = None


async def to_holder(desk: Desk, found: Designation, what: str, **facts: str) -> Said:
    """Of an act that concerns its holder alone."""
    return said(desk, found, what, {Hearer.HOLDER: await signers(desk, [found.holder_id])}, **facts)


async def to_parties(desk: Desk, found: Designation, what: str, told: Iterable[UUID], **facts: str) -> Said:
    return said(desk, found, what, {Hearer.PARTIES: await signers(desk, told)}, **facts)


async def signers(desk: Desk, applicant_ids: Iterable[UUID]) -> list[Reached]:
    """Those with a confirmed address."""
    return [_reached(each) for each in await notices.signers_of(desk.db, applicant_ids)]


async def concerned(desk: Desk, found: Designation, *beside: UUID) -> tuple[list[Reached], list[Reached]]:
    """The signers of these applicants, and those whose authorization stands now."""
    told = await authorizations.concerned(desk.db, found.id, beside, civil_date(desk.now))
    return (
        [_reached(each) for each in told if not each.authorized],
        [_reached(each) for each in told if each.authorized],
    )


def _reached(row: Record) -> Reached:
    return Reached(row.email, row.applicant_id, row.person_id)


def said(
    desk: Desk, found: Designation, what: str, heard: Mapping[Hearer, Sequence[Reached]], **facts: str
) -> Said:
    """What this act tells, by the table of notices; `heard` has the people of each part that the table names."""
    grouped: dict[str, list[Hearer]] = {}
    for each in NOTICES[f"designation_{what}"]:
        grouped.setdefault(each.template, []).append(each.hearer)
    whole, words = Said(), {**_words(desk, found), **facts}
    for template, hearers in grouped.items():
        outside = [each for hearer in hearers if hearer not in INSIDE for each in heard[hearer]]
        whole += _outside(found, template, words, outside)
        inside = frozenset(hearers) & INSIDE
        if inside:
            whole += Said((Telling(about(found, None), Audience.PROGRAM, template, words, inside),))
    return whole


def _outside(found: Designation, template: str, words: Mapping[str, str], to: Sequence[Reached]) -> Said:
    """A message to each applicant among them with letters to its signers; the rest have letters alone."""
    signers: dict[UUID, dict[UUID, str]] = {}
    for each in to:
        if each.applicant_id is not None and each.person_id is not None:
            signers.setdefault(each.applicant_id, {})[each.person_id] = each.email
    tellings, reached = list[Telling](), set[str]()
    for applicant_id in sorted(signers):
        telling = Telling(about(found, applicant_id), Audience.APPLICANT, template, words, IN_MAILBOX)
        # whoever signs for two of them gets one letter
        heard = [(id, email) for id, email in signers[applicant_id].items() if email not in reached]
        reached |= {email for _, email in heard}
        tellings.append(telling.with_letters(heard))
    alone = sorted({each.email for each in to if each.applicant_id is None} - reached)
    return Said(tuple(tellings), tuple(Letter(each, template, words) for each in alone))


def about(found: Designation, applicant_id: UUID | None) -> About:
    return About(
        Kind.DESIGNATION, found.id, found.number, desk_of(found.center), applicant_id, found.request_id
    )


def _words(desk: Desk, found: Designation) -> dict[str, str]:
    link = f"{desk.public_url}/v1/designations/{found.number}"
    return {"number": found.number, "link": link, "holder": found.holder_name}

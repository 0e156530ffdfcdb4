"""Letters about a designation: to the signers of its holder, and to those it authorized. They hold no content."""

from collections.abc import Iterable
from uuid import UUID

from app.domain.calendars import civil_date
from app.services import notices
from app.services.post import Letter
from app.services.transitions import Desk
from app.store import authorizations
from app.store.designations import Designation


async def to_holder(desk: Desk, found: Designation, template: str, **facts: str) -> tuple[Letter, ...]:
    return await to_applicants(desk, found, [found.holder_id], template, **facts)


async def to_applicants(
    desk: Desk, found: Designation, told: Iterable[UUID], template: str, **facts: str
) -> tuple[Letter, ...]:
    """To every signer of these applicants, once."""
    return letters(desk, found, await notices.signers_of(desk.db, told), template, **facts)


async def concerned(desk: Desk, found: Designation, *beside: UUID) -> tuple[set[str], set[str]]:
    """The addresses of these applicants' signers, and of those whose authorization stands now."""
    told = await authorizations.concerned(desk.db, found.id, beside, civil_date(desk.now))
    return {each.email for each in told if not each.authorized}, {
        each.email for each in told if each.authorized
    }


def letters(
    desk: Desk, found: Designation, to: Iterable[str], template: str, **facts: str
) -> tuple[Letter, ...]:
    link = f"{desk.public_url}/v1/designations/{found.number}"
    whole = {"number": found.number, "link": link, "holder": found.holder_name, **facts}
    return tuple(Letter(each, template, whole) for each in sorted(set(to)))

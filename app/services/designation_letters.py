"""Letters about a designation: to the signers of its holder, and to those it authorized. They hold no content."""

from collections.abc import Iterable
from uuid import UUID

from app.domain.calendars import civil_date
from app.services import notices
from app.services.post import Letter
from app.services.transitions import Desk
from app.store import authorizations
from app.store.columns import Record
from app.store.designations import Designation


async def to_holder(desk: Desk, found: Designation, template: str, **facts: str) -> tuple[Letter, ...]:
    return await to_applicants(desk, found, [found.holder_id], template, **facts)


async def to_applicants(
    desk: Desk, found: Designation, told: Iterable[UUID], template: str, **facts: str
) -> tuple[Letter, ...]:
    """To every signer of these applicants, once."""
    return letters(desk, found, await notices.signers_of(desk.db, told), template, **facts)


async def to_authorized(desk: Desk, found: Designation, template: str) -> tuple[Letter, ...]:
    """To all whose authorization stands now."""
    standing = await authorizations.standing(desk.db, found.id, civil_date(desk.now))
    return letters(desk, found, await addresses(desk, standing), template)


async def addresses(desk: Desk, given: Iterable[Record]) -> set[str]:
    """Of whoever these authorizations are for, where there is one."""
    kept = list(given)
    outside = {each.party_email for each in kept if each.party_email is not None}
    members = {each.party_id for each in kept if each.party_id is not None}
    return outside | set(await notices.signers_of(desk.db, members))


def letters(
    desk: Desk, found: Designation, to: Iterable[str], template: str, **facts: str
) -> tuple[Letter, ...]:
    link = f"{desk.public_url}/v1/designations/{found.number}"
    whole = {"number": found.number, "link": link, "holder": found.holder_name, **facts}
    return tuple(Letter(each, template, whole) for each in sorted(set(to)))

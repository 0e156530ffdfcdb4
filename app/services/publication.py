"""Publication: a designation stands in the public register while its holder agrees, and no longer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.domain.calendars import civil_date
from app.domain.errors import Flaw, Invalid
from app.domain.policy import Permission
from app.services.designation_changes import Change, carry_out
from app.services.designations import held
from app.services.transitions import Desk
from app.store.designations import Designation


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether, from which civil day on, and with which words of the holder's own."""

    public: bool
    as_of: date | None = None
    statement: str | None = None


async def agree(
    desk: Desk, reference: str, consent: Consent, insist: Callable[[Designation], None]
) -> Designation:
    """Takes the place of what the holder said before. Raises NotFound, NotPermitted, Invalid."""
    found = await held(desk, reference, Permission.MANAGE_APPLICANT)
    insist(found)
    if not consent.public and (consent.as_of or consent.statement):
        raise Invalid(flaws=[Flaw("/public", "consent", "Without consent there is no day and no statement.")])
    as_of = (consent.as_of or civil_date(desk.now)) if consent.public else None
    if as_of is not None and as_of < found.granted_on:
        raise Invalid(flaws=[Flaw("/as_of", "granted-or-later", "It was not granted by then.")])
    values = {"public": consent.public, "public_as_of": as_of, "public_statement": consent.statement}
    if all(getattr(found, name) == value for name, value in values.items()):
        return found
    said = {"as_of": str(as_of), "statement": consent.statement} if consent.public else {}
    what = "publication_agreed" if consent.public else "publication_withdrawn"
    return await carry_out(desk, found, Change(what, said, values=values))

"""Claiming what came by mail: whoever has confirmed the address it came from becomes its applicant's signer, once."""

from app.domain.errors import Conflict, EmailNotConfirmed, NotFound, NotPermitted
from app.services import security
from app.services.mail_answers import digest_of
from app.services.registrations import email_key
from app.services.transitions import Desk
from app.store import applicants, mail_claims
from app.store.columns import Record


async def claim(desk: Desk, token: str) -> Record:
    """The claim that was made. Raises NotFound, Conflict, NotPermitted, EmailNotConfirmed."""
    actor = desk.actor
    found = await mail_claims.open_one(desk.db, digest_of(desk.keyring, token), desk.now)
    if found is None:
        raise NotFound
    if actor.is_staff:
        raise Conflict("Staff of the program cannot be members of an applicant.")
    if actor.person_id is None or email_key(actor.email or "") != found.email_key:
        raise NotPermitted("The filing came from another address; claim it with a key of that person.")
    if not actor.email_confirmed:
        raise EmailNotConfirmed
    await applicants.find(desk.db, found.applicant_id, lock=True)
    await applicants.add_member(desk.db, found.applicant_id, actor.person_id, "signer", desk.now)
    await mail_claims.use(desk.db, found.id, actor.person_id, desk.now)
    await security.note(
        desk.db, "mail_claimed", desk.now, actor_id=actor.person_id, subject_id=found.applicant_id
    )
    return found

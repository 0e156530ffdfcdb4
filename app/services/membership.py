"""Members: invited by mail, bound only when they accept, and told with the signers when their access changes."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from app.domain.errors import (
    Conflict,
    EmailNotConfirmed,
    LastSigner,
    NotFound,
    NotPermitted,
    TooMany,
)
from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.services import post, security
from app.services.applicants import Applicant, managed, may_write, within
from app.services.post import Letter
from app.services.registrations import MAILS_AN_HOUR, WINDOW, email_key
from app.services.transitions import Desk
from app.store import applicants, invitations
from app.store.columns import Record

LIFE: Final = timedelta(days=14)
INVITATIONS_AN_HOUR: Final = 30  # of one applicant
Member = Record


async def invite(desk: Desk, applicant_id: UUID, email: str, role: str) -> dict[str, Any]:
    """Mails a token to the address; an earlier invitation of it ends. Nobody is bound before accepting."""
    applicant = await managed(desk, applicant_id)
    if not desk.actor.email_confirmed:
        raise EmailNotConfirmed
    known = email_key(email)
    if await applicants.member_by_address(desk.db, applicant_id, known) is not None:
        raise Conflict("The person with this address is a member already.")
    ours, theirs = await invitations.sent_since(desk.db, applicant_id, known, desk.now - WINDOW)
    if ours >= INVITATIONS_AN_HOUR:
        raise TooMany("Too many invitations within an hour.", headers={"Retry-After": "3600"})
    await invitations.revoke(desk.db, applicant_id, desk.now, email_key=known)
    token = secrets.token_urlsafe(24)
    row = {
        "id": new_id(),
        "applicant_id": applicant_id,
        "email": email.strip(),
        "email_key": known,
        "role": role,
        "token_digest": _digest(desk.keyring, token),
        "invited_by": desk.actor.person_id,
        "created_at": desk.now,
        "expires_at": desk.now + LIFE,
    }
    await invitations.add(desk.db, row)
    if theirs < MAILS_AN_HOUR:  # whoever sends them, an address is not flooded
        link = f"{desk.public_url}/v1/invitations/{token}/acceptances"
        facts = {"applicant": applicant.name, "inviter": desk.actor.name, "role": role, "link": link}
        await post.queue(desk.db, desk.keyring, [Letter(email.strip(), "invitation", facts)], desk.now)
    await _note(desk, "member_invited", applicant_id, role=role)
    return row


async def withdraw(
    desk: Desk, applicant_id: UUID, invitation_id: UUID, check: Callable[[Record], None]
) -> None:
    """Ends an invitation that nobody has accepted. Raises NotFound, NotPermitted, and what `check` raises."""
    await managed(desk, applicant_id)
    found = await invitations.find(desk.db, applicant_id, invitation_id, desk.now)
    if found is None:
        raise NotFound
    check(found)
    if not await invitations.revoke(desk.db, applicant_id, desk.now, id=invitation_id):
        raise NotFound
    await _note(desk, "invitation_withdrawn", applicant_id)


async def accept(desk: Desk, token: str) -> tuple[Record, Member]:
    """The invitation and the new member. Raises NotFound, EmailNotConfirmed, NotPermitted, Conflict."""
    actor = desk.actor
    found = await invitations.by_token(desk.db, _digest(desk.keyring, token), desk.now)
    if found is None:
        raise NotFound
    if actor.is_staff:
        raise Conflict("Staff of the program cannot be members of an applicant.")
    if actor.person_id is None or email_key(actor.email or "") != found.email_key:
        raise NotPermitted("The invitation is for another address; accept it with a key of that person.")
    if not actor.email_confirmed:
        raise EmailNotConfirmed
    await applicants.find(desk.db, found.applicant_id, lock=True)
    if await applicants.member(desk.db, found.applicant_id, actor.person_id) is not None:
        raise Conflict("You are a member already.")
    await applicants.add_member(desk.db, found.applicant_id, actor.person_id, found.role, desk.now)
    await invitations.accept(desk.db, found.id, desk.now)
    await _note(desk, "member_joined", found.applicant_id, role=found.role)
    return found, await _member(desk, found.applicant_id, actor.person_id)


async def change_role(
    desk: Desk, applicant_id: UUID, person_id: UUID, role: str, check: Callable[[Member], None]
) -> Member:
    """The last signer stays one. Raises NotFound, NotPermitted, LastSigner, and what `check` raises."""
    applicant = await managed(desk, applicant_id)
    before = await _member(desk, applicant_id, person_id)
    check(before)
    if before.role == role:
        return before
    if before.role == "signer":
        await _keep_a_signer(desk, applicant_id)
    await applicants.set_role(desk.db, applicant_id, person_id, role)
    await _tell(desk, applicant, before, f"from {before.role} to {role}")
    await _note(desk, "member_role_changed", applicant_id, role=role, person=str(person_id))
    return await _member(desk, applicant_id, person_id)


async def remove(desk: Desk, applicant_id: UUID, person_id: UUID, check: Callable[[Member], None]) -> None:
    """A signer takes a member off, or a member leaves. Raises as `change_role` does."""
    applicant = await _leaving(desk, applicant_id, person_id)
    before = await _member(desk, applicant_id, person_id)
    check(before)
    if before.role == "signer":
        await _keep_a_signer(desk, applicant_id)
    await applicants.remove_member(desk.db, applicant_id, person_id)
    await _tell(desk, applicant, before, f"no longer {before.role}")
    await _note(desk, "member_removed", applicant_id, person=str(person_id))


async def _leaving(desk: Desk, applicant_id: UUID, person_id: UUID) -> Applicant:
    if person_id != desk.actor.person_id:
        return await managed(desk, applicant_id)
    await within(desk, applicant_id)
    may_write(desk.actor)
    found = await applicants.find(desk.db, applicant_id, lock=True)
    if found is None:
        raise NotFound
    return found


async def _member(desk: Desk, applicant_id: UUID, person_id: UUID) -> Member:
    found = await applicants.member(desk.db, applicant_id, person_id)
    if found is None:
        raise NotFound
    return found


async def _keep_a_signer(desk: Desk, applicant_id: UUID) -> None:
    """Raises LastSigner where the one who goes is the only one; the applicant's row is locked."""
    if len(await applicants.signers_of(desk.db, applicant_id)) == 1:
        raise LastSigner


async def _tell(desk: Desk, applicant: Applicant, before: Member, change: str) -> None:
    """The person, and every signer there is now; an address that nobody confirmed gets no mail of ours."""
    facts = {"applicant": applicant.name, "change": change}
    signers = [
        each
        for each in await applicants.signers_of(desk.db, applicant.id)
        if each.person_id != before.person_id and each.email_confirmed_at is not None
    ]
    letters = [Letter(each.email, "member_left", {**facts, "name": before.name}) for each in signers]
    if before.email_confirmed_at is not None:
        letters.append(Letter(before.email, "access_lost", facts))
    await post.queue(desk.db, desk.keyring, letters, desk.now)


async def _note(desk: Desk, action: str, applicant_id: UUID, **facts: str) -> None:
    await security.note(
        desk.db, action, desk.now, actor_id=desk.actor.person_id, subject_id=applicant_id, **facts
    )


def _digest(keyring: Keyring, token: str) -> str:
    return keyring.mac("invitation", token.encode()).hex()

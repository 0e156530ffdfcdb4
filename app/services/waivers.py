"""Waivers: a coordinator sets a program rule aside for one received request, with a reason. Never a rule of law."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.errors import Conflict, Flaw, Invalid, NotFound, NotPermitted
from app.domain.lifecycle import FINAL
from app.domain.policy import Actor, Audience, Permission
from app.domain.rules import pack
from app.services import journal
from app.services.journal import Entry
from app.store import filings, requests
from app.store.requests import DesignationRequest
from app.store.writes import Writes


async def waive(
    db: AsyncConnection, actor: Actor, reference: str, rule: str, reason: str, now: datetime
) -> DesignationRequest:
    """The request with the rule waived; the program's readiness report counts it from now on."""
    found = await requests.find(db, actor, reference, lock=True)
    if found is None:
        raise NotFound
    if not actor.may(Permission.WAIVE_RULES):
        raise NotPermitted("Waiving a rule is the coordinator's.")
    if found.state in FINAL or found.received_on is None:
        raise Conflict("A rule can be waived from receipt until the decision.")
    known = pack.load(found.rule_pack).rules.get(rule)
    if known is None or known.basis == "law":
        raise Invalid(
            flaws=[Flaw("/rule", "not-waivable", "No such program rule; a rule of law cannot be waived.")]
        )
    gap = {
        "request_id": found.id,
        "rule": rule,
        "kind": "waived",
        "reason": reason,
        "by": actor.person_id,
        "at": now,
    }
    try:
        await filings.keep_gaps(db, [gap])
    except IntegrityError:
        raise Conflict("This rule is waived already.") from None
    # internal: the applicant's tag, dates and shown result stay as they were at receipt
    entry = Entry("rule_waived", actor, now, audience=Audience.PROGRAM, reason=reason, facts={"rule": rule})
    writes = Writes()
    values = {"updated_at": now, **journal.record(writes, found, entry)}
    requests.change(writes, found, values)
    await writes.send(db)
    return found.with_values(values)

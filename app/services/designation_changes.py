"""Carrying out a change of a designation: its row, its history, the journal, events and letters, in one go."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain import exact_json
from app.domain.errors import Conflict
from app.domain.identity import new_id
from app.domain.policy import Actor, Audience
from app.services import announcements, correspondence, journal
from app.services.announcements import Announcement
from app.services.correspondence import NOTHING, Said
from app.services.designations import BOTH, of_designation
from app.services.journal import Entry
from app.services.transitions import Desk, Record
from app.store import designations as store
from app.store.designation_records import changes, signatures
from app.store.designations import Designation
from app.store.prepared import Prepared
from app.store.writes import Writes


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a row beside the designation's own; it must touch one row."""

    statement: Prepared
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """All that an act does to a designation, decided before any of it is done.

    `facts` are for the history, which its holder reads unless `audience` is the program; the journal of the request
    gets their digest. A new `holder_id` among the `values` passes it on: both holders hear what is announced.
    """

    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    audience: Audience = Audience.APPLICANT
    values: Mapping[str, Any] = field(default_factory=dict)
    announced: tuple[Announcement, ...] = ()
    said: Said = NOTHING
    records: tuple[Record, ...] = ()
    steps: tuple[Step, ...] = ()


def announced(*types: str, **data: Any) -> tuple[Announcement, ...]:
    """The same for both sides."""
    return tuple(Announcement(type, audience, data) for audience in BOTH for type in types)


def signed(
    desk: Desk, found: Designation, signature: Mapping[str, Any], act: str, over: Mapping[str, Any]
) -> Record:
    """The record of a signature, with exactly what was signed and its digest (21 CFR 11.70)."""
    said = {"designation": found.number, "act": act, "state": found.state.value, **over}
    manifest = exact_json.canonical({**said, "holder_id": str(found.holder_id)})
    row = {
        "id": new_id(),
        "designation_id": found.id,
        "person_id": desk.actor.person_id,
        "printed_name": signature["printed_name"],
        "meaning": signature["meaning"],
        "act": act,
        "manifest": manifest.decode(),
        "digest": exact_json.sha256(manifest),
        "at": desk.now,
    }
    return signatures, [row]


def columns(desk: Desk, found: Designation, change: Change) -> dict[str, Any]:
    """The row afterwards. What its holder cannot see leaves its date alone."""
    seen = {"updated_at": desk.now} if change.audience is Audience.APPLICANT else {}
    return {**seen, "changes_seq": found.changes_seq + 1, **change.values}


async def carry_out(desk: Desk, found: Designation, change: Change) -> Designation:
    """Writes all of it. The designation is locked; its request is locked here, for its journal."""
    db, writes = desk.db, Writes()
    for table, rows in change.records:
        writes.insert(table, rows)
    for step in change.steps:
        writes.change(step.statement, step.values, Conflict("It changed at the same moment; read it again."))
    values = columns(desk, found, change)
    writes.insert(changes, [_remembered(desk, found, change, values["changes_seq"])])
    values |= await _tell(desk, writes, found, change)
    await _enter(desk, writes, found, change)
    correspondence.tell(desk, writes, change.said.tellings, change.said.letters)
    state = {"state": values["state"].value} if "state" in values else {}
    store.change(writes, found, {**values, **state})
    await writes.send(db)
    return found.with_values(values)


async def _tell(desk: Desk, writes: Writes, found: Designation, change: Change) -> dict[str, int]:
    """The events; where it passes to another, first those of the old holder and then those of the new one."""
    state, holder_id = (
        change.values.get("state", found.state),
        change.values.get("holder_id", found.holder_id),
    )
    subject = of_designation(found, state)
    told = change.announced
    last = await announcements.gather(desk.db, writes, subject, desk.now, desk.public_url, told)
    if holder_id != found.holder_id:
        heir = replace(subject, applicant_id=holder_id, sequences=last)
        theirs = [each for each in told if each.audience is Audience.APPLICANT]
        last = await announcements.gather(desk.db, writes, heir, desk.now, desk.public_url, theirs)
    return {f"{audience.value}_sequence": number for audience, number in last.items()}


async def _enter(desk: Desk, writes: Writes, found: Designation, change: Change) -> None:
    """The journal of the request, which its applicant reads: once it holds no more, that is none of its business."""
    request = await store.request_of(desk.db, found)
    still_holds = found.holder_id == request.applicant_id
    entry = Entry(
        f"designation_{change.what}",
        desk.actor,
        desk.now,
        audience=change.audience if still_holds else Audience.PROGRAM,
        after=exact_json.sha256(exact_json.stored(dict(change.facts))),
        reason=change.reason,
        facts={"designation": found.number},
    )
    store.lengthen_chain(writes, request, journal.record(writes, request, entry))


def _remembered(desk: Desk, found: Designation, change: Change, seq: int) -> dict[str, Any]:
    kind, id = _who(desk.actor)
    reason = {"reason": change.reason} if change.reason is not None else {}
    return {
        "designation_id": found.id,
        "seq": seq,
        "id": new_id(),
        "holder_id": change.values.get("holder_id", found.holder_id),
        "at": desk.now,
        "audience": change.audience.value,
        "what": change.what,
        "by_kind": kind,
        "by_id": id,
        "facts": exact_json.stored({**change.facts, **reason}),
    }


def _who(actor: Actor) -> tuple[str, Any]:
    if actor.is_system:
        return "system", None
    return ("program" if actor.is_staff else "person"), actor.person_id or actor.key_id

"""What a caller is shown of a designation: all of it, or the part that it is authorized for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain import exact_json
from app.domain.calendars import civil_date
from app.domain.designation_lifecycle import is_live
from app.domain.designations import may_end_from
from app.domain.happenings import OF_DESIGNATION
from app.domain.policy import Actor
from app.services.designations import is_whole, own_of
from app.services.journal import instant
from app.services.transitions import Desk
from app.store import authorizations, transfers
from app.store.columns import Record
from app.store.designations import Designation


def whole(found: Designation, actor: Actor) -> dict[str, Any]:
    """For its holder and for staff. Its request is its applicant's own, whoever holds the designation now."""
    own = own_of(actor)
    filed = own is None or found.requester_id in own
    return {
        "id": found.id,
        **_part(found),
        "method": {
            "name": found.method_name,
            "version": found.method_version,
            "method_id": found.method_id if filed else None,
        },
        "holder": {"id": found.holder_id, "name": found.holder_name},
        "center": found.center,
        "granted_on": found.granted_on,
        "ended_on": found.ended_on,
        "designation_request": found.request_number if filed else None,
        "pending_change": found.pending_change and exact_json.decode(found.pending_change),
        "notice": found.notice_on
        and {
            "given_on": found.notice_on,
            "reason": found.notice_reason,
            "end_from": may_end_from(found.notice_on),
        },
        "public": found.public,
        "holder_since": instant(found.holder_since),
        "updated_at": instant(found.updated_at),
    }


def _part(found: Designation) -> dict[str, Any]:
    return {
        "number": found.number,
        "url": f"/v1/designations/{found.number}",
        "status": found.state.value,
        "method": {"name": found.method_name, "version": found.method_version},
        "context_of_use": found.context_of_use,
        "holder": {"name": found.holder_name},
    }


async def shown(desk: Desk, found: Sequence[Designation]) -> list[dict[str, Any]]:
    """Each as the caller may see it; two statements more where some are seen in part."""
    parts = [each.id for each in found if not is_whole(desk.actor, each)]
    held, offered = await _referenced(desk, parts) if parts else ([], {})
    views = []
    for each in found:
        if each.id not in parts:
            views.append(whole(each, desk.actor))
            continue
        covered = [_covered(row) for row in held if row.designation_id == each.id]
        views.append({**_part(each), "authorizations": covered, "transfer_offer": offered.get(each.id)})
    return views


async def _referenced(desk: Desk, ids: list[UUID]) -> tuple[Iterable[Record], Mapping[UUID, dict[str, Any]]]:
    own = own_of(desk.actor) or []
    held = await authorizations.held(desk.db, ids, own, civil_date(desk.now))
    offers = await transfers.offered(desk.db, ids, own, desk.now)
    return list(held), {
        each.designation_id: {"id": each.id, "expires_at": instant(each.expires_at)} for each in offers
    }


def _covered(row: Record) -> dict[str, Any]:
    return {
        "id": row.id,
        "application": application(row),
        "items_covered": exact_json.raw(row.items),
        "from": row.valid_from,
        "until": row.valid_until,
    }


def application(row: Record) -> dict[str, Any]:
    return {"kind": row.application_kind, "number": row.application_number}


def authorization(row: Record, found: Designation, desk: Desk) -> dict[str, Any]:
    today = civil_date(desk.now)
    stands = row.valid_from <= today and (row.valid_until is None or today <= row.valid_until)
    return {
        "id": row.id,
        "person": {"applicant_id": row.party_id, "name": row.name_of_party, "email": row.party_email},
        "application": application(row),
        "items_covered": exact_json.raw(row.items),
        "from": row.valid_from,
        "until": row.valid_until,
        "holds": stands and row.revoked_at is None and is_live(found.state),
        "created_at": instant(row.created_at),
        "revoked_at": row.revoked_at and instant(row.revoked_at),
    }


def citation(row: Record) -> dict[str, Any]:
    whose = row.applicant_id and {"id": row.applicant_id, "name": row.applicant_name}
    return {
        "id": row.id,
        "application": application(row),
        "cited_on": row.cited_on,
        "approved_on": row.approved_on,
        "applicant": whose,
        "authorization_id": row.authorization_id,
        "recorded_by": "program" if row.by_program else "applicant",
        "created_at": instant(row.created_at),
        "updated_at": instant(row.updated_at),
    }


def transfer(row: Record, state: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": state,
        "from": {"id": row.from_id, "name": row.from_name},
        "to": {"id": row.to_id, "name": row.to_name},
        "offered_at": instant(row.offered_at),
        "expires_at": instant(row.expires_at),
        "closed_at": row.closed_at and instant(row.closed_at),
    }


def publication(found: Designation) -> dict[str, Any]:
    return {"public": found.public, "as_of": found.public_as_of, "statement": found.public_statement}


def published(found: Designation) -> dict[str, Any]:
    """For anyone: what the holder agreed to."""
    return {
        "number": found.number,
        "holder": found.holder_name,
        "method": found.method_name,
        "context_of_use": found.context_of_use,
        "center": found.center,
        "granted_on": found.granted_on,
        "status": found.state.value,
        "statement": found.public_statement,
    }


def remembered(row: Record, actor: Actor) -> dict[str, Any]:
    """A line of the history; of the program's people an applicant learns only that it was the program."""
    named = actor.is_staff or row.by_kind == "person"
    return {
        "id": row.id,
        "at": instant(row.at),
        "what": row.what,
        "text": OF_DESIGNATION[row.what],
        "by": {"kind": row.by_kind, "id": row.by_id} if named else {"kind": row.by_kind},
        "facts": exact_json.raw(row.facts),
    }

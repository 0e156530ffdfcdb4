"""Webhook endpoints: made, changed, rotated and deleted by a signer or a machine of their owner."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.domain import secret_headers
from app.domain.errors import Conflict, Flaw, Invalid, NotFound, NotPermitted, TooManyEndpoints
from app.domain.event_types import EVENT_TYPES
from app.domain.identity import new_id
from app.domain.policy import GRANTS, Actor, Audience, Permission, Scope
from app.services import announcements, fan_out, security, webhook_secrets
from app.services.announcements import Announcement, Subject
from app.services.endpoint_health import Owned, tell_owner
from app.services.transitions import Desk
from app.services.webhook_secrets import Secret
from app.store import webhook_endpoints as store
from app.store import webhook_log
from app.store.webhook_endpoints import Endpoint
from app.store.writes import Writes

MOST: Final = 20  # of one owner
MOST_OVERLAP: Final = timedelta(days=7)
EVERYTHING: Final = "*"
BY_OWNER: Final = "owner"
ENABLED: Final = "webhook_endpoint.enabled"
Owner = UUID | None  # None: the program


@dataclass(frozen=True, slots=True)
class Wish:
    """What an endpoint is asked to be. Empty lists want everything."""

    url: str
    event_types: Sequence[str]
    description: str = ""
    statuses: Sequence[str] = ()
    subjects: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    max_per_second: int | None = None


def owners(actor: Actor) -> list[Owner]:
    """For whom the caller manages endpoints; none where it has no such role. Raises NotPermitted for its key."""
    if actor.is_staff:
        found: list[Owner] = [None for role in actor.roles if Permission.MANAGE_ENDPOINTS in GRANTS[role]]
    else:
        found = [
            id for id, each in actor.standings.items() if Permission.MANAGE_ENDPOINTS in each.permissions
        ]
    if Scope.WEBHOOKS_WRITE not in actor.scopes:
        raise NotPermitted("This needs the scope webhooks:write.")
    return found


def some_owners(actor: Actor) -> list[Owner]:
    """As `owners`, but raises NotPermitted where there are none."""
    found = owners(actor)
    if not found:
        raise NotPermitted(
            "Endpoints are managed by signers and machines of an applicant, and by machines of the program."
        )
    return found


def owner_of_new(actor: Actor, applicant_id: UUID | None) -> Owner:
    """Whose a new endpoint is: the applicant named, or the only owner that the caller manages endpoints of."""
    own = some_owners(actor)
    if applicant_id is None and len(own) != 1:
        raise Invalid(
            flaws=[Flaw("/applicant_id", "required", "You act for more than one applicant; say which.")]
        )
    if applicant_id is not None and applicant_id not in own:
        raise Invalid(
            flaws=[Flaw("/applicant_id", "unknown", "You manage no endpoints of such an applicant.")]
        )
    return own[0] if applicant_id is None else applicant_id


async def seen(desk: Desk, id: UUID, *, lock: bool = False) -> Endpoint:
    """An endpoint that the caller manages. Raises NotFound."""
    found = await store.find(desk.db, owners(desk.actor), id, lock=lock)
    if found is None:
        raise NotFound
    return found


def audience_of(owner: Owner) -> Audience:
    return Audience.PROGRAM if owner is None else Audience.APPLICANT


def check_types(owner: Owner, names: Iterable[tuple[str, str]]) -> None:
    """Raises Invalid for a pointer and name that is no type this owner could ever hear of."""
    flaws = [
        Flaw(pointer, "unknown-event-type", "There is no such event type; GET /v1/event-types lists them.")
        for pointer, name in names
        if name not in EVENT_TYPES or audience_of(owner) not in EVENT_TYPES[name].audiences
    ]
    if flaws:
        raise Invalid(flaws=flaws)


def check(owner: Owner, wish: Wish) -> None:
    """Raises Invalid for what such an endpoint cannot be; its URL is the guard's to judge."""
    if EVERYTHING not in wish.event_types:
        check_types(owner, ((f"/event_types/{n}", name) for n, name in enumerate(wish.event_types)))
    elif len(wish.event_types) > 1:
        raise Invalid(flaws=[Flaw("/event_types", "all-or-some", 'Give "*" alone, or names of event types.')])
    flaws = list(secret_headers.flaws(wish.headers))
    if flaws:
        raise Invalid(flaws=flaws)


async def make(desk: Desk, owner: Owner, wish: Wish) -> tuple[Endpoint, Secret]:
    """The endpoint and its secret, which is shown once. Raises Invalid, TooManyEndpoints."""
    check(owner, wish)
    secret = webhook_secrets.new_secret()
    made = Endpoint(
        id=new_id(),
        applicant_id=owner,
        secrets=webhook_secrets.sealed(desk.keyring, [secret]),
        state="active",
        disabled_reason=None,
        failing_since=None,
        warned_at=None,
        disabled_at=None,
        revision=1,
        sequence=0,
        created_by=desk.actor.person_id,
        created_at=desk.now,
        updated_at=desk.now,
        **_columns(desk, wish),
    )
    if await store.count(desk.db, owner) >= MOST:
        raise TooManyEndpoints(f"There are {MOST} endpoints already; delete one that is not used.")
    writes = Writes()
    writes.insert(
        store.webhook_endpoints, [{name: getattr(made, name) for name in Endpoint.__dataclass_fields__}]
    )
    security.add(writes, "endpoint_created", desk.now, actor_id=desk.actor.person_id, subject_id=made.id)
    await writes.send(desk.db)
    return made, secret


def wish_of(desk: Desk, endpoint: Endpoint) -> Wish:
    """What an endpoint was asked to be."""
    return Wish(
        endpoint.url,
        endpoint.event_types.split() or [EVERYTHING],
        endpoint.description,
        endpoint.statuses.split(),
        endpoint.subjects.split(),
        webhook_secrets.opened_headers(desk.keyring, endpoint.headers),
        endpoint.max_per_second,
    )


async def change(desk: Desk, before: Endpoint, wish: Wish, status: str | None = None) -> Endpoint:
    """The endpoint after the change, which stands in the database; it is locked. Raises Invalid."""
    check(before.applicant_id, wish)
    values = _columns(desk, wish)
    if wish.headers == wish_of(desk, before).headers:
        values["headers"] = before.headers
    values |= _moved(before, status, desk.now)
    changed = [name for name, value in values.items() if getattr(before, name) != value]
    if not changed:
        return before
    was_disabled, is_disabled = before.state == "disabled", values.get("state") == "disabled"
    if is_disabled:
        await webhook_log.cancel_pending(desk.db, fan_out.lane_of(before.id), desk.now, "endpoint-disabled")
    event = None
    if "state" in changed:
        event = ENABLED if was_disabled else "webhook_endpoint.disabled"
    after = await _written(desk, before, values, event)
    if event == ENABLED:
        owned = Owned(after.id, after.applicant_id, after.created_by, after.url)
        await tell_owner(desk, owned, "endpoint_enabled", owned.facts(desk.public_url))
    await _note(desk, "endpoint_changed", before.id, members=" ".join(sorted(changed)))
    return after


async def rotate(desk: Desk, before: Endpoint, overlap: timedelta) -> tuple[Endpoint, Secret]:
    """A new secret in place of the others, which sign for the overlap and no longer. Raises Conflict."""
    secret = webhook_secrets.new_secret()
    held = webhook_secrets.opened(desk.keyring, before.secrets)
    held = webhook_secrets.rotated(held, secret, overlap, desk.now)
    if len(held) > webhook_secrets.MOST:
        raise Conflict(
            f"{webhook_secrets.MOST} secrets sign already; wait for one to end, or give a shorter overlap."
        )
    sealed = webhook_secrets.sealed(desk.keyring, held)
    after = await _written(desk, before, {"secrets": sealed}, "webhook_endpoint.secret_rotated")
    await _note(desk, "endpoint_secret_rotated", before.id)
    return after, secret


async def delete(desk: Desk, before: Endpoint) -> None:
    """Ends an endpoint: secrets and address are erased, and what was on its way to it is cancelled."""
    erased = {"url": "", "secrets": "", "headers": None, "state": "disabled", "deleted_at": desk.now}
    await store.update(desk.db, before.id, erased)
    await webhook_log.cancel_pending(desk.db, fan_out.lane_of(before.id), desk.now, "endpoint-deleted")
    await _note(desk, "endpoint_deleted", before.id)


def _columns(desk: Desk, wish: Wish) -> dict[str, Any]:
    everything = EVERYTHING in wish.event_types
    return {
        "url": wish.url,
        "description": wish.description,
        "event_types": "" if everything else " ".join(sorted(set(wish.event_types))),
        "statuses": " ".join(sorted(set(wish.statuses))),
        "subjects": " ".join(sorted(set(wish.subjects))),
        "headers": webhook_secrets.sealed_headers(desk.keyring, wish.headers),
        "max_per_second": wish.max_per_second,
    }


def _moved(before: Endpoint, status: str | None, now: datetime) -> dict[str, Any]:
    """The columns of its health after its owner has said what it is to be; an owner's word ends a failing spell."""
    if status is None or status == before.status:
        return {}
    healthy = {"failing_since": None, "warned_at": None}
    if status == "active":
        return {"state": "active", "disabled_reason": None, "disabled_at": None, **healthy}
    return {"state": "disabled", "disabled_reason": BY_OWNER, "disabled_at": now, **healthy}


async def _written(desk: Desk, before: Endpoint, values: Mapping[str, Any], event: str | None) -> Endpoint:
    """The row first, so that the event goes to whom it is true for: nothing is sent to a disabled endpoint."""
    counted: dict[str, Any] = {"revision": before.revision + 1, "updated_at": desk.now}
    if event is not None:
        counted["sequence"] = before.sequence + 1
    await store.update(desk.db, before.id, {**values, **counted})
    after = replace(before, **values, **counted)
    if event is not None:
        subject = subject_of(after, before.sequence)
        told = Announcement(event, audience_of(after.applicant_id))
        await announcements.announce(desk.db, subject, desk.now, desk.public_url, [told])
    return after


def subject_of(endpoint: Endpoint, sequence: int) -> Subject:
    """An endpoint as events tell of it, `sequence` events about it having been told before."""
    return Subject(
        endpoint.id,
        str(endpoint.id),
        f"/v1/webhook-endpoints/{endpoint.id}",
        endpoint.applicant_id,
        {"endpoint_id": str(endpoint.id), "status": endpoint.state},
        {audience_of(endpoint.applicant_id): sequence},
    )


async def _note(desk: Desk, action: str, id: UUID, **facts: str) -> None:
    await security.note(desk.db, action, desk.now, actor_id=desk.actor.person_id, subject_id=id, **facts)

"""Webhook endpoints: where events are sent, with which secrets, and whether they may be sent there at all."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, MaybeIfMatch, The, Tx, insist
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.runtime import Runtime, runtime_of
from app.api.tags import tag_of
from app.api.webhook_shapes import (
    CheckedEndpointOut,
    EndpointIn,
    EndpointOut,
    EndpointPage,
    EndpointPatch,
    NewEndpointOut,
    NewSecretOut,
    SecretRotationIn,
)
from app.api.work import Transacted
from app.domain import merge, secret_headers, webhooks
from app.domain.errors import Conflict, NotFound
from app.domain.policy import Actor
from app.services import targets, webhook_endpoints, webhook_secrets
from app.services.journal import instant
from app.services.targets import Check, Judgement
from app.services.transitions import Desk
from app.services.webhook_endpoints import EVERYTHING, Wish
from app.store import webhook_endpoints as store
from app.store.webhook_endpoints import Endpoint

router = APIRouter(prefix="/v1/webhook-endpoints", route_class=Transacted, tags=["webhooks"])
A_DAY = SecretRotationIn()


def shown(desk: Desk, endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint as its owner sees it; what is secret is masked."""
    owner = None if endpoint.applicant_id is None else desk.actor.standings[endpoint.applicant_id]
    before = webhook_secrets.opened(desk.keyring, endpoint.secrets)[1:]
    ends = [each.until for each in before if each.until is not None]
    headers = webhook_secrets.opened_headers(desk.keyring, endpoint.headers)
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": endpoint.event_types.split() or [EVERYTHING],
        "statuses": endpoint.statuses.split(),
        "subjects": endpoint.subjects.split(),
        "headers": dict.fromkeys(sorted(headers), secret_headers.MASK),
        "max_per_second": endpoint.max_per_second,
        "applicant": owner and {"id": owner.id, "name": owner.name},
        "status": endpoint.status,
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": endpoint.failing_since and instant(endpoint.failing_since),
        "disabled_at": endpoint.disabled_at and instant(endpoint.disabled_at),
        "previous_secret_until": instant(max(ends)) if ends else None,
        "public_key": webhooks.public_key_text(desk.keyring.signing.public_key()),
        "kid": desk.keyring.kid,
        "created_at": instant(endpoint.created_at),
        "updated_at": instant(endpoint.updated_at),
    }


def etag_of(endpoint: Endpoint, view: dict[str, Any]) -> str:
    """Of all that can be seen and, by its revision, of what is masked."""
    return tag_of([endpoint.revision, view])


def checks_of(checks: Sequence[Check]) -> list[dict[str, Any]]:
    return [{"name": each.name, "passed": each.passed, "detail": each.detail} for each in checks]


async def judged_by(the: Runtime, owner: UUID | None, url: str) -> Judgement:
    return await targets.judged(url, the.guard, the.lookups.of(owner))


async def stored(request: Request, actor: Actor, id: UUID) -> Endpoint | None:
    """An endpoint that the caller manages; None where there is none, which is for the route to say."""
    async with runtime_of(request).database.reading() as db:
        return await store.find(db, webhook_endpoints.owners(actor), id)


# A name is looked up before any transaction is open. What the guard refuses is said in the transaction: a call that
# is repeated gets its first answer, whatever the name means by now.
async def _judged_new(body: EndpointIn, actor: Caller, request: Request) -> Judgement:
    # whose of several it will be is for the call to say: its lookup is one of the first's
    first, *_ = webhook_endpoints.some_owners(actor)
    return await judged_by(runtime_of(request), first, body.url)


async def _judged_change(
    id: UUID, body: EndpointPatch, actor: Caller, _: IfMatch, request: Request
) -> Judgement:
    found = await stored(request, actor, id)
    if found is None:
        raise NotFound
    return await judged_by(runtime_of(request), found.applicant_id, body.url or found.url)


async def judged_stored(id: UUID, actor: Caller, request: Request) -> Judgement | None:
    found = await stored(request, actor, id)
    return None if found is None else await judged_by(runtime_of(request), found.applicant_id, found.url)


@router.get("", response_model=EndpointPage, operation_id="listWebhookEndpoints",
            summary="The endpoints you manage")  # fmt: skip
async def list_endpoints(
    request: Request, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    desk = desk_of(db, actor, the)
    owners = webhook_endpoints.some_owners(actor)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    found = await store.page(db, owners, UUID(after[0]) if after else None, limit + 1)
    return page(
        request,
        found,
        limit,
        lambda each: sealed(the.keyring, listing, [each.id]),
        lambda each: shown(desk, each),
    )


@router.post("", status_code=201, response_model=NewEndpointOut, operation_id="makeWebhookEndpoint",
             summary="Have events sent to a URL; the secret is shown once")  # fmt: skip
async def make_endpoint(
    request: Request,
    body: EndpointIn,
    judgement: Annotated[Judgement, Depends(_judged_new)],
    db: Tx,
    actor: Caller,
    the: The,
) -> Response:
    judgement.insist()
    desk = desk_of(db, actor, the)
    owner = webhook_endpoints.owner_of_new(actor, body.applicant_id)
    made, secret = await webhook_endpoints.make(desk, owner, _wish(body.model_dump(exclude={"applicant_id"})))
    request.scope["work"].seals_answer = True
    view = shown(desk, made)
    return answer(
        {**view, "secret": secret.text, "checks": checks_of(judgement.checks)},
        201,
        etag=etag_of(made, view),
        headers={"Location": f"{router.prefix}/{made.id}"},
    )


@router.get("/{id}", response_model=EndpointOut, operation_id="getWebhookEndpoint", summary="One endpoint")
async def get_endpoint(id: UUID, db: Look, actor: Caller, the: The) -> Response:
    desk = desk_of(db, actor, the)
    found = await webhook_endpoints.seen(desk, id)
    view = shown(desk, found)
    return answer(view, etag=etag_of(found, view))


@router.patch("/{id}", response_model=CheckedEndpointOut, operation_id="changeWebhookEndpoint",
              summary="Change an endpoint by JSON Merge Patch, disable it, or enable it again")  # fmt: skip
async def change_endpoint(
    id: UUID,
    body: EndpointPatch,
    judgement: Annotated[Judgement, Depends(_judged_change)],
    db: Tx,
    actor: Caller,
    the: The,
    if_match: IfMatch,
) -> Response:
    desk = desk_of(db, actor, the)
    before = await webhook_endpoints.seen(desk, id, lock=True)
    insist(if_match, etag_of(before, shown(desk, before)))
    # an owner can always disable an endpoint and change what leaves its target alone
    if body.url is not None or body.status == "active":
        judgement.insist()
    sent = body.model_dump(exclude_unset=True)
    status = sent.pop("status", None)
    if judgement.url != (body.url or before.url):
        raise Conflict("The endpoint's URL has changed since the call began.")
    wish = _wish(merge.merge_patch(_present(desk, before), sent))
    after = await webhook_endpoints.change(desk, before, wish, status)
    view = shown(desk, after)
    return answer({**view, "checks": checks_of(judgement.checks)}, etag=etag_of(after, view))


@router.delete("/{id}", status_code=204, operation_id="deleteWebhookEndpoint",
               summary="Delete an endpoint; its secrets are erased and what waits for it is cancelled")  # fmt: skip
async def delete_endpoint(id: UUID, db: Tx, actor: Caller, the: The, if_match: IfMatch) -> Response:
    desk = desk_of(db, actor, the)
    before = await webhook_endpoints.seen(desk, id, lock=True)
    insist(if_match, etag_of(before, shown(desk, before)))
    await webhook_endpoints.delete(desk, before)
    return Response(status_code=204)


@router.post("/{id}/secret-rotations", status_code=201, response_model=NewSecretOut,
             operation_id="rotateWebhookSecret",
             summary="Replace the secret, with an overlap; the new one is shown once")  # fmt: skip
async def rotate_secret(
    request: Request,
    id: UUID,
    db: Tx,
    actor: Caller,
    the: The,
    body: SecretRotationIn = A_DAY,
    if_match: MaybeIfMatch = None,
) -> Response:
    desk = desk_of(db, actor, the)
    before = await webhook_endpoints.seen(desk, id, lock=True)
    insist(if_match, etag_of(before, shown(desk, before)))
    after, secret = await webhook_endpoints.rotate(desk, before, timedelta(hours=body.overlap_hours))
    request.scope["work"].seals_answer = True
    view = shown(desk, after)
    return answer({**view, "secret": secret.text}, 201, etag=etag_of(after, view))


def _present(desk: Desk, endpoint: Endpoint) -> dict[str, Any]:
    """What a merge patch meets: the members as they were given."""
    wish = webhook_endpoints.wish_of(desk, endpoint)
    return {name: getattr(wish, name) for name in Wish.__dataclass_fields__}


def _wish(members: dict[str, Any]) -> Wish:
    """From the members that are there; what was removed is as it was never given."""
    return Wish(**members)

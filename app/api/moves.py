"""Transitions of a request: what may be done now, what it would do, and doing it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, Look, MaybeIfMatch, RequestRef, The, Tx, insist
from app.api.foretelling import foretold
from app.api.move_shapes import ActionList, TransitionIn
from app.api.payloads import RequestOut
from app.api.runtime import Runtime, runtime_of
from app.api.sight import Seen
from app.api.views import etag_of, summary, whole
from app.api.work import Transacted
from app.domain.lifecycle import workflow_of
from app.domain.policy import PROGRAM_PERMISSIONS, Actor
from app.services import signing
from app.services.signing import Proof
from app.services.transitions import Call, Desk, Outcome, advance, prepared
from app.services.verbs import VERBS

router = APIRouter(prefix="/v1/designation-requests", route_class=Transacted, tags=["workflow"])


Preview = Annotated[bool, Query(description="Changes nothing and says what would happen.")]


def proof_of(the: Runtime) -> Proof:
    return Proof(the.database, the.keyring, the.passwords, the.now())


async def _proved(body: TransitionIn, actor: Caller, request: Request) -> Any:
    """The body, its signature checked before any transaction is open: hashing a password takes its time."""
    signature = getattr(body, "signature", None)
    if signature is not None:
        await signing.prove(proof_of(runtime_of(request)), actor, signature)
    return body


Proved = Annotated[Any, Depends(_proved)]


def desk_of(db: Any, actor: Actor, the: Any) -> Desk:
    return Desk(db, actor, the.now(), the.keyring, the.settings.public_url)


@router.get("/{reference}/actions", response_model=ActionList, operation_id="listActions",
            summary="What you may do now, and why not the rest")  # fmt: skip
async def list_actions(found: Seen, db: Look, actor: Caller, the: The) -> Response:
    desk = desk_of(db, actor, the)
    items = []
    for transition in workflow_of(found.workflow_version).transitions.values():
        if (transition.permission in PROGRAM_PERMISSIONS) != actor.is_staff:
            continue
        ready = await prepared(desk, found, transition, VERBS[transition.name])
        requires = transition.requires if ready.requires is None else ready.requires
        items.append(
            {
                "name": transition.name,
                "allowed": not ready.reasons,
                "requires": [] if ready.reasons else list(requires),
                "reasons": [{"code": each.code, "detail": each.detail} for each in ready.reasons],
            }
        )
    return answer({"items": items})


@router.post("/{reference}/transitions", response_model=RequestOut, operation_id="makeTransition",
             summary="Move a request through its workflow")  # fmt: skip
async def make_transition(
    reference: RequestRef,
    body: Proved,
    db: Tx,
    actor: Caller,
    the: The,
    if_match: MaybeIfMatch = None,
    preview: Preview = False,
) -> Response:
    desk = desk_of(db, actor, the)
    outcome = await advance(
        desk,
        reference,
        call_of(body, preview=preview),
        VERBS,
        lambda found: insist(if_match, etag_of(found, actor)),
    )
    if preview:
        shown = {
            **previewed(outcome, actor),
            **await foretold(desk, outcome.plan.tellings, outcome.plan.letters),
        }
        return answer(shown, etag=etag_of(outcome.before, actor))
    return answer(whole(outcome.after, actor), etag=etag_of(outcome.after, actor))


def call_of(body: Any, *, preview: bool) -> Call:
    """The call that a body is; a merge patch keeps its nulls."""
    given = body.model_dump(exclude={"name", "note", "content", "suppress"}, exclude_none=True)
    patch = getattr(body, "content", None)
    if patch is not None:
        given["content"] = patch
    suppressed = {each.notice: each.reason for each in getattr(body, "suppress", None) or ()}
    return Call(body.name, getattr(body, "note", None), given, preview, suppressed)


def previewed(outcome: Outcome, actor: Actor) -> dict[str, Any]:
    """What would happen: the request afterwards, and the events each side would get."""
    told = [*outcome.plan.announced, *(each for other in outcome.plan.beside for each in other.announced)]
    visible = [each for each in told if actor.is_staff or each.audience == actor.audience]
    return {
        **summary(outcome.after, actor),
        "preview": True,
        "from": outcome.before.status.value,
        "events": [
            {"type": each.type, "audience": each.audience.value, "data": dict(each.data)} for each in visible
        ],
    }

"""Transitions of a request: what may be done now, what it would do, and doing it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, Look, MaybeIfMatch, RequestRef, The, Tx, insist
from app.api.payloads import In, Out, RequestOut, SignatureIn
from app.api.runtime import Runtime, runtime_of
from app.api.sight import Seen
from app.api.views import etag_of, summary, whole
from app.api.work import Transacted
from app.domain.lifecycle import TRANSITIONS
from app.domain.policy import PROGRAM_PERMISSIONS, Actor
from app.domain.shapes import Passage
from app.services import signing
from app.services.filing import VERBS
from app.services.signing import Proof
from app.services.transitions import Call, Desk, Outcome, advance, prepared

router = APIRouter(prefix="/v1/designation-requests", route_class=Transacted, tags=["workflow"])


class GapIn(In):
    rule: Annotated[str, Field(min_length=2, max_length=10, pattern=r"^[A-Z]{2}-[0-9]{2}[a-z]?$")]
    reason: Passage


class SubmitIn(In):
    """Files the request. The signature may be left out of a preview."""

    name: Literal["submit"]
    note: Passage | None = None
    acknowledged_gaps: Annotated[list[GapIn], Field(max_length=100)] | None = None
    signature: SignatureIn | None = None


class WithdrawIn(In):
    name: Literal["withdraw"]
    note: Passage | None = None
    signature: SignatureIn | None = None


class RejectTechnicallyIn(In):
    """Never for content: malware, nothing readable, or another program's with the requester's written agreement."""

    name: Literal["reject_technically"]
    cause: Literal["malware", "unreadable_file", "wrong_program"]
    note: Passage
    written_agreement: Passage | None = None


class ReinstateIn(In):
    name: Literal["reinstate"]
    note: Passage


TransitionIn = Annotated[
    SubmitIn | WithdrawIn | RejectTechnicallyIn | ReinstateIn, Field(discriminator="name"), Body()
]
Preview = Annotated[bool, Query(description="Changes nothing and says what would happen.")]


class ReasonOut(Out):
    code: str
    detail: str


class ActionOut(Out):
    name: str
    allowed: bool
    requires: list[str]
    reasons: list[ReasonOut]


class ActionList(Out):
    items: list[ActionOut]


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
    for transition in TRANSITIONS.values():
        if (transition.permission in PROGRAM_PERMISSIONS) != actor.is_staff:
            continue
        reasons = (await prepared(desk, found, transition, VERBS[transition.name])).reasons
        items.append(
            {
                "name": transition.name,
                "allowed": not reasons,
                "requires": list(transition.requires) if not reasons else [],
                "reasons": [{"code": each.code, "detail": each.detail} for each in reasons],
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
    arguments = body.model_dump(exclude={"name", "note"}, exclude_none=True)
    call = Call(body.name, body.note, arguments, preview)
    outcome = await advance(
        desk_of(db, actor, the), reference, call, VERBS, lambda found: insist(if_match, etag_of(found, actor))
    )
    if preview:
        return answer(previewed(outcome, actor), etag=etag_of(outcome.before, actor))
    return answer(whole(outcome.after, actor), etag=etag_of(outcome.after, actor))


def previewed(outcome: Outcome, actor: Actor) -> dict[str, Any]:
    """What would happen: the request afterwards, the events each side would get, and the letters."""
    visible = [each for each in outcome.plan.announced if actor.is_staff or each.audience == actor.audience]
    return {
        **summary(outcome.after, actor),
        "preview": True,
        "from": outcome.before.status.value,
        "events": [
            {"type": each.type, "audience": each.audience.value, "data": dict(each.data)} for each in visible
        ],
        "letters": [
            {"to": letter.to, "template": letter.template, "facts": dict(letter.facts)}
            for letter in outcome.plan.letters
        ],
    }

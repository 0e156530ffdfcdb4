"""Transitions of an engagement: what may be done now, what it would do, and doing it."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, MaybeIfMatch, The, Tx, insist
from app.api.engagement_shapes import EngagementOut, EngagementTransitionIn
from app.api.engagement_views import EngagementRef, SeenEngagement, etag_of, whole
from app.api.foretelling import foretold
from app.api.move_shapes import ActionList
from app.api.moves import Preview, desk_of
from app.api.work import Transacted
from app.domain.engagement_lifecycle import TRANSITIONS
from app.domain.policy import PROGRAM_PERMISSIONS, Actor
from app.services.engagement_moves import Outcome, advance, reasons
from app.services.transitions import Call

router = APIRouter(prefix="/v1/engagements", route_class=Transacted, tags=["engagements"])


@router.get("/{engagement}/actions", response_model=ActionList, operation_id="listEngagementActions",
            summary="What you may do with it now, and why not the rest")  # fmt: skip
async def list_actions(found: SeenEngagement, actor: Caller) -> Response:
    items = []
    for transition in TRANSITIONS.values():
        if (transition.permission in PROGRAM_PERMISSIONS) != actor.is_staff:
            continue
        why_not = reasons(actor, found, transition)
        items.append(
            {
                "name": transition.name,
                "allowed": not why_not,
                "requires": [] if why_not else list(transition.requires),
                "reasons": [{"code": each.code, "detail": each.detail} for each in why_not],
            }
        )
    return answer({"items": items})


@router.post("/{engagement}/transitions", response_model=EngagementOut, operation_id="moveEngagement",
             summary="Move an engagement through its workflow")  # fmt: skip
async def move_engagement(
    engagement: EngagementRef,
    body: EngagementTransitionIn,
    db: Tx,
    actor: Caller,
    the: The,
    if_match: MaybeIfMatch = None,
    preview: Preview = False,
) -> Response:
    arguments = body.model_dump(exclude={"name", "note"}, exclude_none=True)
    call = Call(body.name, body.note, arguments, preview)
    desk = desk_of(db, actor, the)
    outcome = await advance(desk, engagement, call, lambda found: insist(if_match, etag_of(found, actor)))
    view = await whole(db, outcome.after, actor)
    if preview:
        return answer(
            {**view, **_told(outcome, actor), **await foretold(desk, outcome.tellings)},
            etag=etag_of(outcome.before, actor),
        )
    return answer(view, etag=etag_of(outcome.after, actor))


def _told(outcome: Outcome, actor: Actor) -> dict[str, Any]:
    """What a preview says beyond the engagement afterwards: the events that would go out."""
    visible = [each for each in outcome.told if actor.is_staff or each.audience == actor.audience]
    return {
        "preview": True,
        "from": outcome.before.state.value,
        "events": [
            {"type": each.type, "audience": each.audience.value, "data": dict(each.data)} for each in visible
        ],
    }

"""Transitions of a designation: what may be done now, what it would do, and doing it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, Look, MaybeIfMatch, The, Tx, insist
from app.api.designation_shapes import (
    AcknowledgeChangeIn,
    DesignationOut,
    DesignationRef,
    EndByHolderIn,
    EndByProgramIn,
    GraduateIn,
    NotifyChangeIn,
    ProposeEndIn,
    WithdrawNoticeIn,
)
from app.api.designation_sight import SeenWhole, proved
from app.api.designation_views import whole
from app.api.foretelling import foretold
from app.api.move_shapes import ActionList
from app.api.moves import Preview, desk_of
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain.policy import Actor
from app.services.designation_moves import Outcome, actions, advance
from app.services.designation_verbs import VERBS
from app.services.transitions import Call

router = APIRouter(prefix="/v1/designations", route_class=Transacted, tags=["designations"])
DesignationTransitionIn = Annotated[
    NotifyChangeIn
    | AcknowledgeChangeIn
    | EndByHolderIn
    | ProposeEndIn
    | WithdrawNoticeIn
    | EndByProgramIn
    | GraduateIn,
    Field(discriminator="name"),
    Body(),
]


async def _proved(
    designation: DesignationRef, body: DesignationTransitionIn, actor: Caller, request: Request
) -> None:
    await proved(designation, getattr(body, "signature", None), actor, request)


Proved = Annotated[None, Depends(_proved)]


@router.get("/{designation}/actions", response_model=ActionList, operation_id="listDesignationActions",
            summary="What you may do with a designation now, and why not the rest")  # fmt: skip
async def list_actions(found: SeenWhole, db: Look, actor: Caller, the: The) -> Response:
    items = [
        {
            "name": each.transition.name,
            "allowed": not each.reasons,
            "requires": [] if each.reasons else list(each.transition.requires),
            "reasons": [{"code": reason.code, "detail": reason.detail} for reason in each.reasons],
        }
        for each in await actions(desk_of(db, actor, the), found, VERBS)
    ]
    return answer({"items": items})


@router.post("/{designation}/transitions", response_model=DesignationOut,
             operation_id="makeDesignationTransition",
             summary="Move a designation through its workflow")  # fmt: skip
async def make_transition(
    designation: DesignationRef,
    body: DesignationTransitionIn,
    _: Proved,
    db: Tx,
    actor: Caller,
    the: The,
    if_match: MaybeIfMatch = None,
    preview: Preview = False,
) -> Response:
    arguments = body.model_dump(exclude={"name", "note"}, exclude_none=True)
    call = Call(body.name, body.note, arguments, preview)
    desk = desk_of(db, actor, the)
    outcome = await advance(
        desk,
        designation,
        call,
        VERBS,
        lambda found: insist(if_match, tag_of(whole(found, actor))),
    )
    if preview:
        said = outcome.change.said
        shown = {**_previewed(outcome, actor), **await foretold(desk, said.tellings, said.letters)}
        return answer(shown, etag=tag_of(whole(outcome.before, actor)))
    view = whole(outcome.after, actor)
    return answer(view, etag=tag_of(view))


def _previewed(outcome: Outcome, actor: Actor) -> dict[str, Any]:
    """What would happen: the designation afterwards, and the events of the caller's side."""
    visible = [each for each in outcome.change.announced if actor.is_staff or each.audience == actor.audience]
    return {
        **whole(outcome.after, actor),
        "preview": True,
        "from": outcome.before.state.value,
        "events": [
            {"type": each.type, "audience": each.audience.value, "data": dict(each.data)} for each in visible
        ],
    }

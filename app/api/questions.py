"""Information requests of a designation request, with their answers, for both sides."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, Look
from app.api.review_shapes import InformationRequest, InformationRequests
from app.api.sight import Seen
from app.api.work import Transacted
from app.domain import exact_json
from app.domain.errors import NotFound
from app.domain.lifecycle import State
from app.domain.policy import Actor
from app.services.journal import instant
from app.store import questions
from app.store.questions import Round
from app.store.requests import DesignationRequest

router = APIRouter(prefix="/v1/designation-requests", route_class=Transacted, tags=["review"])
RoundNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the round of questions.")]


@router.get("/{reference}/information-requests", response_model=InformationRequests,
            operation_id="listInformationRequests", summary="The rounds of questions, with their answers")  # fmt: skip
async def list_rounds(found: Seen, db: Look, actor: Caller) -> Response:
    rounds = await questions.rounds(db, found.id)
    return answer({"items": [shown(found, each, actor) for each in rounds], "next_cursor": None})


@router.get("/{reference}/information-requests/{n}", response_model=InformationRequest,
            operation_id="getInformationRequest", summary="One round of questions, with its answers")  # fmt: skip
async def get_round(found: Seen, n: RoundNumber, db: Look, actor: Caller) -> Response:
    asked = await questions.find(db, found.id, n)
    if asked is None:
        raise NotFound
    return answer(shown(found, asked, actor))


def shown(found: DesignationRequest, asked: Round, actor: Actor) -> dict[str, Any]:
    """A round as its audience may know it: of the program's people an applicant learns only the side."""
    view: dict[str, Any] = {
        "round": asked.round,
        "status": status_of(found, asked),
        "asked_at": instant(asked.asked_at),
        "asked_by": _person(asked.asked_by, actor),
        "reply_by": asked.reply_by,
        "questions": _numbered(exact_json.decode(asked.questions)),
        "response": _response(asked),
    }
    if actor.is_staff:
        view["late_reason"] = asked.late_reason
    return view


def status_of(found: DesignationRequest, asked: Round) -> str:
    """What became of a round; `closed` where something else ended the wait for its answer."""
    if asked.answers is not None:
        return "answered_late" if asked.late else "answered"
    if asked.round < found.question_round:
        return "lapsed"
    if found.state is State.INFORMATION_REQUESTED:
        return "open"
    return "lapsed" if found.question_lapsed else "closed"


def _person(person_id: UUID, actor: Actor) -> dict[str, Any]:
    return {"kind": "program", "id": person_id} if actor.is_staff else {"kind": "program"}


def _numbered(asked: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"number": number, **each} for number, each in enumerate(asked, start=1)]


def _response(asked: Round) -> dict[str, Any] | None:
    if asked.answers is None or asked.answered_at is None:
        return None
    return {
        "answers": exact_json.decode(asked.answers),
        "late": bool(asked.late),
        "version": asked.version,
        "answered_at": instant(asked.answered_at),
        "sha256": asked.digest,
    }

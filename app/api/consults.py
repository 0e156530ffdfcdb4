"""Consults: asked and answered on a request, and what a consultant sees, who may see nothing else of it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.attachment_shapes import DOWNLOADS, Bytes
from app.api.attachments import AttachmentId, IfRange, Range, handed_out
from app.api.attachments import shown as file_shown
from app.api.consult_shapes import (
    ConsultIn,
    ConsultOut,
    ConsultPage,
    OpinionIn,
    OwnConsultOut,
    OwnConsultPage,
    brief,
    for_staff,
    status_of,
)
from app.api.deps import Limit, Look, RequestRef, The, Tx
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.sight import SeenInside, Staff, note_look
from app.api.work import Transacted
from app.domain import exact_json
from app.domain.errors import NotFound
from app.services import consulting
from app.services.consulting import Question
from app.store import attachments, consults
from app.store.columns import Record

of_request = APIRouter(
    prefix="/v1/designation-requests/{reference}/consults", route_class=Transacted, tags=["desk"]
)
own = APIRouter(prefix="/v1/consults", route_class=Transacted, tags=["desk"])
ConsultId = Annotated[UUID, Path(description="Id of the consult.")]


@of_request.get("", response_model=ConsultPage, operation_id="listConsults",
                summary="The questions put to others about a request, with their opinions")  # fmt: skip
async def list_consults(
    request: Request,
    found: SeenInside,
    db: Look,
    actor: Staff,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await consults.page(db, found.id, UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), for_staff)


@of_request.post("", status_code=201, response_model=ConsultOut, operation_id="askConsultant",
                 summary="Ask somebody for an opinion on named parts of a request")  # fmt: skip
async def ask_consultant(actor: Staff, reference: RequestRef, body: ConsultIn, db: Tx, the: The) -> Response:
    question = Question(
        body.kind, body.consultant_id, body.question, body.parts, body.attachments, body.due_on
    )
    found, asked = await consulting.ask(desk_of(db, actor, the), reference, question)
    return answer(for_staff(await _kept(db, found.id, asked["id"])), 201)


@of_request.post("/{consult_id}/opinions", status_code=201, response_model=ConsultOut, operation_id="giveOpinion",
                 summary="Give the opinion you were asked for; it stays as it is")  # fmt: skip
async def give_opinion(
    actor: Staff, reference: RequestRef, consult_id: ConsultId, body: OpinionIn, db: Tx, the: The
) -> Response:
    asked = await consulting.opine(desk_of(db, actor, the), reference, consult_id, body.text)
    return answer(for_staff(await _kept(db, asked.request_id, consult_id)), 201)


@of_request.post("/{consult_id}/cancellations", status_code=201, response_model=ConsultOut,
                 operation_id="cancelConsult", summary="Take a question back")  # fmt: skip
async def cancel_consult(
    actor: Staff, reference: RequestRef, consult_id: ConsultId, db: Tx, the: The
) -> Response:
    asked = await consulting.cancel(desk_of(db, actor, the), reference, consult_id)
    return answer(for_staff(await _kept(db, asked.request_id, consult_id)), 201)


async def _kept(db: Any, request_id: UUID, consult_id: UUID) -> Record:
    kept = await consults.find(db, request_id, consult_id)
    assert kept is not None  # noqa: S101 - this transaction has just written it
    return kept


async def _consultant(actor: Staff) -> UUID:
    """Raises NotFound for whoever can have been asked nothing."""
    if actor.person_id is None or not consulting.may_be_consulted(actor):
        raise NotFound
    return actor.person_id


Consultant = Annotated[UUID, Depends(_consultant)]


async def _asked_of_me(
    person_id: Consultant, consult_id: ConsultId, request: Request, db: Look, actor: Staff, the: The
) -> Record:
    found = await consults.own(db, person_id, consult_id)
    if found is None:
        raise NotFound
    await note_look(request, db, actor, the, found.request_id)
    return found


AskedOfMe = Annotated[Any, Depends(_asked_of_me)]


@own.get("", response_model=OwnConsultPage, responses={404: {}}, operation_id="listOwnConsults",
         summary="What you were asked; what awaits your opinion comes first")  # fmt: skip
async def list_own(
    request: Request,
    person_id: Consultant,
    db: Look,
    actor: Staff,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or person_id)
    place = opened(the.keyring, listing, cursor)
    after = (int(place[0]), UUID(place[1])) if place else None
    rows = await consults.own_page(db, person_id, after, limit + 1)

    def view(row: Record) -> dict[str, Any]:
        return {**brief(row), "number": row.number}

    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.rank, row.id]), view)


@own.get("/{consult_id}", response_model=OwnConsultOut, operation_id="getOwnConsult",
         summary="A question to you, with the parts of the request it is about")  # fmt: skip
async def get_own(asked: AskedOfMe, db: Look) -> Response:
    view = {**brief(asked), "number": asked.number, "parts": [], "attachments": []}
    if status_of(asked) == "cancelled":
        return answer(view)
    tree, named = consulting.tree_of(asked.content), set(exact_json.decode(asked.attachments))
    files = await attachments.of_request(db, asked.request_id) if named else ()
    view["parts"] = [
        {"pointer": pointer, "value": consulting.part_of(tree, pointer)}
        for pointer in exact_json.decode(asked.parts)
    ]
    view["attachments"] = [file_shown(file) for file in files if str(file.id) in named]
    return answer(view)


@own.get("/{consult_id}/attachments/{aid}/content", operation_id="downloadConsultFile", response_class=Bytes,
         responses=DOWNLOADS, summary="The bytes of a file that the question names")  # fmt: skip
async def download_named(
    asked: AskedOfMe,
    aid: AttachmentId,
    db: Look,
    the: The,
    request: Request,
    span: Range = None,
    if_range: IfRange = None,
) -> Response:
    is_named = str(aid) in exact_json.decode(asked.attachments) and status_of(asked) != "cancelled"
    file = await attachments.find(db, asked.request_id, aid) if is_named else None
    if file is None:
        raise NotFound
    return await handed_out(file, the, request, span, if_range)

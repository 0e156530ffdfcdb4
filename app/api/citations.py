"""Applications that cite a designation, and their approval."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, The, Tx, insist
from app.api.designation_shapes import DesignationRef
from app.api.designation_sight import Seen
from app.api.designation_views import citation
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.reliance_shapes import CitationIn, CitationOut, CitationPage, CitationPatch
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain.designations import Application
from app.domain.errors import NotFound
from app.services import citations
from app.services.citations import Cited
from app.services.designations import own_of
from app.store import citations as store

router = APIRouter(
    prefix="/v1/designations/{designation}/citations", route_class=Transacted, tags=["designations"]
)


@router.get("", response_model=CitationPage, operation_id="listCitations",
            summary="Your applications that cite the designation; for the program, all")  # fmt: skip
async def list_citations(
    request: Request, found: Seen, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await store.page(db, found.id, own_of(actor), UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), citation)


@router.post("", status_code=201, response_model=CitationOut, operation_id="citeDesignation",
             summary="Record an application that relies on the designation")  # fmt: skip
async def cite(designation: DesignationRef, body: CitationIn, db: Tx, actor: Caller, the: The) -> Response:
    application = Application(body.application.kind, body.application.number)
    cited = Cited(application, body.cited_on, body.applicant, body.authorization_id)
    row = await citations.cite(desk_of(db, actor, the), designation, cited)
    view = citation(row)
    location = f"/v1/designations/{designation}/citations/{row.id}"
    return answer(view, 201, etag=tag_of(view), headers={"Location": location})


@router.get("/{citation_id}", response_model=CitationOut, operation_id="getCitation", summary="One citation")
async def get_citation(citation_id: UUID, found: Seen, db: Look, actor: Caller) -> Response:
    row = await store.find(db, found.id, own_of(actor), citation_id)
    if row is None:
        raise NotFound
    view = citation(row)
    return answer(view, etag=tag_of(view))


@router.patch("/{citation_id}", response_model=CitationOut, operation_id="changeCitation",
              summary="Note when the citing application was approved")  # fmt: skip
async def change_citation(
    designation: DesignationRef,
    citation_id: UUID,
    body: CitationPatch,
    db: Tx,
    actor: Caller,
    the: The,
    if_match: IfMatch,
) -> Response:
    desk = desk_of(db, actor, the)
    row = await citations.approve(
        desk, designation, citation_id, body.approved_on, lambda row: insist(if_match, tag_of(citation(row)))
    )
    view = citation(row)
    return answer(view, etag=tag_of(view))

"""The proposal of an engagement over HTTP: one PDF, streamed in and counted, read in parts."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api import attachments as uploads
from app.api.answers import answer
from app.api.attachment_shapes import DOWNLOADS, Bytes
from app.api.attachments import IfRange, Range
from app.api.deps import Caller, IdempotencyKey, Look, The
from app.api.engagement_shapes import LENGTH, PROPOSAL_FORM, EngagementOut, ProposalFields
from app.api.engagement_views import EngagementRef, SeenEngagement, etag_of, whole
from app.api.moves import desk_of
from app.api.multipart import Form, boundary_of
from app.api.runtime import Runtime
from app.api.work import Transacted, Work, claim
from app.domain.errors import DomainError, NotFound
from app.domain.policy import Actor
from app.services import attachments as files
from app.services import engagement_proposals as service
from app.store import engagement_proposals

router = APIRouter(
    prefix="/v1/engagements/{engagement}/proposal", route_class=Transacted, tags=["engagements"]
)


@router.post("", status_code=201, response_model=EngagementOut, operation_id="putProposal",
             summary="Put a proposal to an engagement, or another in its place, until the program has decided",
             description=f"A PDF. {LENGTH}", openapi_extra=PROPOSAL_FORM)  # fmt: skip
async def put_proposal(
    engagement: EngagementRef,
    request: Request,
    actor: Caller,
    the: The,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    form = Form(request.stream(), boundary_of(request.headers.get("content-type", "")))
    try:
        if idempotency_key is not None:
            await uploads.repeated(form, request, actor, the, ProposalFields)
        return await _received(form, engagement, request, actor, the)
    except DomainError as refusal:
        uploads.close_unread(form, refusal)
        raise


async def _received(form: Form, engagement: str, request: Request, actor: Actor, the: Runtime) -> Response:
    uploads.insist_on_length(request, the)
    # as with attachments, no transaction is open while the file arrives
    async with the.database.reading() as db:
        found = await service.may_receive(desk_of(db, actor, the), engagement)
    await form.until_file()
    service.insist_on_name(form.filename)
    most = the.settings.max_file_bytes
    received = await files.receive(the.blobs, the.scanner, found.id, form.filename, form.file(), most)
    try:
        fields = uploads.fields_of(form, received.sha256, ProposalFields)
        pages = await service.pages_of(the.blobs, found, received)
        work: Work = request.scope["work"]
        told = uploads.fingerprint(fields, received.filename, received.sha256)
        await claim(work, request, uploads.name_of(actor), told)
        db = await work.begin()
        after = await service.record(desk_of(db, actor, the), str(found.id), received, pages)
        view = await whole(db, after, actor)
    except BaseException:
        await files.discard(the.blobs, received.blob)
        raise
    location = f"/v1/engagements/{found.number}/proposal/content"
    return answer(view, 201, etag=etag_of(after, actor), headers={"Location": location})


@router.get("/content", operation_id="downloadProposal", response_class=Bytes, responses=DOWNLOADS,
            summary="The bytes of the proposal, or a range of them")  # fmt: skip
async def download(
    found: SeenEngagement,
    db: Look,
    the: The,
    request: Request,
    asked: Range = None,
    if_range: IfRange = None,
) -> Response:
    proposal = await engagement_proposals.current(db, found.id)
    if proposal is None:
        raise NotFound("This engagement has no proposal.")
    return await uploads.handed_out(proposal, the, request, asked, if_range)

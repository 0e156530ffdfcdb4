"""Designation requests: drafts and their versions."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, RequestRef, The, Tree, Tx, insist
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import (
    AmendmentIn,
    DiffOut,
    DraftIn,
    EvidenceBody,
    RequestOut,
    VersionPage,
    VersionWhole,
)
from app.api.sight import Seen
from app.api.views import etag_of, whole
from app.api.work import Transacted
from app.domain import door, exact_json, merge
from app.domain.errors import Flaw, Invalid, NotFound
from app.services import drafts
from app.services.journal import instant
from app.store import versions
from app.store.requests import DesignationRequest
from app.store.versions import Version

router = APIRouter(prefix="/v1/designation-requests", route_class=Transacted, tags=["designation requests"])
VersionNumber = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version.")]
EvidenceKey = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="Key of the evidence item.")
]


@router.post("", status_code=201, response_model=RequestOut, operation_id="openDraft",
             summary="Open a draft; the content may be partial")  # fmt: skip
async def open_draft(body: DraftIn, tree: Tree, db: Tx, actor: Caller, the: The) -> Response:
    sent = drafts.Sent(tree["content"], body.content)
    opened = await drafts.open_draft(db, actor, sent, body.applicant_id, the.now())
    location = f"/v1/designation-requests/{opened.number}"
    return answer(whole(opened, actor), 201, etag=etag_of(opened, actor), headers={"Location": location})


@router.get("/{reference}", response_model=RequestOut, operation_id="getDesignationRequest",
            summary="One request, by id or number")  # fmt: skip
async def get_request(found: Seen, actor: Caller) -> Response:
    return answer(whole(found, actor), etag=etag_of(found, actor))


@router.patch("/{reference}", response_model=RequestOut, operation_id="amendDraft",
              summary="Amend a draft by JSON Merge Patch (autosave)")  # fmt: skip
async def amend_draft(
    reference: RequestRef, body: AmendmentIn, db: Tx, actor: Caller, if_match: IfMatch, the: The
) -> Response:
    found = await drafts.own_draft(db, actor, reference)
    insist(if_match, etag_of(found, actor))
    merged = merge.merge_patch(exact_json.decode(found.content), body.content)
    amended = await drafts.amend(db, actor, found, drafts.Sent(merged, door.content(merged)), the.now())
    return answer(whole(amended, actor), etag=etag_of(amended, actor))


@router.delete("/{reference}", status_code=204, operation_id="deleteDraft", summary="Delete a draft")
async def delete_draft(reference: RequestRef, db: Tx, actor: Caller, if_match: IfMatch, the: The) -> Response:
    found = await drafts.own_draft(db, actor, reference)
    insist(if_match, etag_of(found, actor))
    await drafts.delete(db, actor, found, the.now())
    return Response(status_code=204)


@router.put("/{reference}/evidence/{key}", response_model=RequestOut, operation_id="putEvidenceItem",
            summary="Put one evidence item of a draft")  # fmt: skip
async def put_evidence(
    reference: RequestRef,
    key: EvidenceKey,
    body: EvidenceBody,
    tree: Tree,
    db: Tx,
    actor: Caller,
    if_match: IfMatch,
    the: The,
) -> Response:
    if body.key != key:
        raise Invalid(
            flaws=[Flaw("/key", "same-as-address", "The item's key must be the one in the address.")]
        )
    found = await drafts.own_draft(db, actor, reference)
    insist(if_match, etag_of(found, actor))
    merged = _with_item(exact_json.decode(found.content), key, tree)
    amended = await drafts.amend(db, actor, found, drafts.Sent(merged, door.content(merged)), the.now())
    return answer(whole(amended, actor), etag=etag_of(amended, actor))


@router.delete("/{reference}/evidence/{key}", response_model=RequestOut, operation_id="deleteEvidenceItem",
               summary="Take one evidence item out of a draft")  # fmt: skip
async def delete_evidence(
    reference: RequestRef, key: EvidenceKey, db: Tx, actor: Caller, if_match: IfMatch, the: The
) -> Response:
    found = await drafts.own_draft(db, actor, reference)
    insist(if_match, etag_of(found, actor))
    content = exact_json.decode(found.content)
    if not any(item["key"] == key for item in content.get("scalability", {}).get("evidence", ())):
        raise NotFound
    merged = _with_item(content, key, None)
    amended = await drafts.amend(db, actor, found, drafts.Sent(merged, door.content(merged)), the.now())
    return answer(whole(amended, actor), etag=etag_of(amended, actor))


@router.get("/{reference}/versions", response_model=VersionPage, operation_id="listVersions",
            summary="The versions of the content, newest first")  # fmt: skip
async def list_versions(
    request: Request,
    found: Seen,
    db: Look,
    actor: Caller,
    the: The,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await versions.versions(db, found, after[0] if after else found.version + 1, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.version]), version_shown)


@router.get("/{reference}/versions/{n}", response_model=VersionWhole, operation_id="getVersion",
            summary="The content as it was in one version")  # fmt: skip
async def get_version(found: Seen, n: VersionNumber, db: Look) -> Response:
    kept = await _version_of(db, found, n)
    return answer({**version_shown(kept), "content": exact_json.raw(kept.content)}, etag=f"v{n}")


@router.get("/{reference}/versions/{n}/diff", response_model=DiffOut, operation_id="diffVersions",
            summary="What changed between two versions")  # fmt: skip
async def diff_versions(
    found: Seen,
    n: VersionNumber,
    db: Look,
    since: Annotated[int, Query(alias="from", ge=1, le=2**31 - 1, description="The other version.")],
) -> Response:
    after, before = await _version_of(db, found, n), await _version_of(db, found, since)
    changes = merge.diff(exact_json.decode(before.content), exact_json.decode(after.content), "/content")
    return answer({"from": since, "to": n, "changes": changes})


@router.post("/{reference}/extensions", status_code=201, response_model=RequestOut, operation_id="extendDraft",
             summary="Start a draft's days anew")  # fmt: skip
async def extend_draft(reference: RequestRef, db: Tx, actor: Caller, the: The) -> Response:
    found = await drafts.own_draft(db, actor, reference)
    extended = await drafts.extend(db, actor, found, the.now())
    return answer(whole(extended, actor), 201, etag=etag_of(extended, actor))


def _with_item(content: dict[str, Any], key: str, item: Any) -> dict[str, Any]:
    """The content with the item in its place, at the end, or (None) gone."""
    scalability = dict(content.get("scalability", {}))
    items = list(scalability.get("evidence", ()))
    place = next((i for i, each in enumerate(items) if each["key"] == key), len(items))
    items[place : place + 1] = [] if item is None else [item]
    return {**content, "scalability": {**scalability, "evidence": items}}


def version_shown(kept: Version) -> dict[str, Any]:
    return {
        "version": kept.version,
        "content_digest": kept.content_digest,
        "created_at": instant(kept.created_at),
        "filed": kept.filed,
    }


async def _version_of(db: AsyncConnection, found: DesignationRequest, n: int) -> Version:
    kept = await versions.version(db, found, n)
    if kept is None:
        raise NotFound
    return kept

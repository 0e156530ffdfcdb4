"""Members of an applicant, and invitations to become one."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import Response

from app.api.address_shapes import AddressOut, shown_address
from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Limit, Look, The, Tx, insist
from app.api.moves import desk_of
from app.api.paging import Cursor, listing_of, opened, page, sealed
from app.api.payloads import ApplicantRef, Email, In, Out
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain.errors import NotFound
from app.domain.policy import Actor, Permission
from app.services import membership
from app.services.applicants import within
from app.services.journal import instant
from app.services.membership import Member
from app.store import applicants, invitations

router = APIRouter(prefix="/v1", route_class=Transacted, tags=["applicants"])
MemberRole = Literal["preparer", "signer"]
Token = Annotated[str, Path(min_length=32, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")]


class InvitationIn(In):
    email: Email
    role: MemberRole


class RoleIn(In):
    role: MemberRole


class InvitationOut(Out):
    id: UUID
    email: str
    role: MemberRole
    created_at: datetime
    expires_at: datetime


class InvitationPage(Out):
    items: list[InvitationOut]
    next_cursor: str | None


class MemberOut(Out):
    person_id: UUID
    name: str
    email: str
    email_confirmed: bool
    address: AddressOut | None = Field(None, description="Shown to signers: whether mail reaches it")
    role: MemberRole
    since: datetime


class MemberPage(Out):
    items: list[MemberOut]
    next_cursor: str | None


class AcceptedOut(Out):
    applicant: ApplicantRef
    member: MemberOut


def _view(row: Member, actor: Actor, applicant_id: UUID) -> dict[str, Any]:
    is_signer = actor.person_id is not None and actor.may(Permission.MANAGE_APPLICANT, applicant_id)
    return {
        "person_id": row.person_id,
        "name": row.name,
        "email": row.email,
        "email_confirmed": row.email_confirmed_at is not None,
        "address": shown_address(row) if is_signer and row.email_confirmed_at is not None else None,
        "role": row.role,
        "since": instant(row.created_at),
    }


def _invitation(row: Any) -> dict[str, Any]:
    kept = row if isinstance(row, dict) else row._mapping  # noqa: SLF001 - SQLAlchemy's own name
    return {
        "id": kept["id"],
        "email": kept["email"],
        "role": kept["role"],
        "created_at": instant(kept["created_at"]),
        "expires_at": instant(kept["expires_at"]),
    }


@router.get("/applicants/{id}/members", response_model=MemberPage, operation_id="listMembers",
            summary="Who acts for the applicant")  # fmt: skip
async def list_members(
    request: Request, id: UUID, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    await within(desk_of(db, actor, the), id)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await applicants.members_of(db, id, UUID(after[0]) if after else None, limit + 1)
    return page(
        request,
        rows,
        limit,
        lambda row: sealed(the.keyring, listing, [row.person_id]),
        lambda row: _view(row, actor, id),
    )


@router.post("/applicants/{id}/members", status_code=201, response_model=InvitationOut,
             operation_id="inviteMember", summary="Invite a person by mail; accepting makes it a member")  # fmt: skip
async def invite(id: UUID, body: InvitationIn, db: Tx, actor: Caller, the: The) -> Response:
    made = await membership.invite(desk_of(db, actor, the), id, body.email, body.role)
    return answer(_invitation(made), 201)


@router.get("/applicants/{id}/members/{person_id}", response_model=MemberOut, operation_id="getMember",
            summary="One member")  # fmt: skip
async def get_member(id: UUID, person_id: UUID, db: Look, actor: Caller, the: The) -> Response:
    await within(desk_of(db, actor, the), id)
    row = await applicants.member(db, id, person_id)
    if row is None:
        raise NotFound
    view = _view(row, actor, id)
    return answer(view, etag=tag_of(view))


@router.patch("/applicants/{id}/members/{person_id}", response_model=MemberOut, operation_id="changeRole",
              summary="Change a member's role; the last signer stays")  # fmt: skip
async def change_role(
    id: UUID, person_id: UUID, body: RoleIn, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    desk = desk_of(db, actor, the)
    row = await membership.change_role(
        desk, id, person_id, body.role, lambda row: insist(if_match, tag_of(_view(row, actor, id)))
    )
    view = _view(row, actor, id)
    return answer(view, etag=tag_of(view))


@router.delete("/applicants/{id}/members/{person_id}", status_code=204, operation_id="removeMember",
               summary="Take a member off, or leave; the last signer stays")  # fmt: skip
async def remove(id: UUID, person_id: UUID, db: Tx, actor: Caller, the: The, if_match: IfMatch) -> Response:
    desk = desk_of(db, actor, the)
    await membership.remove(desk, id, person_id, lambda row: insist(if_match, tag_of(_view(row, actor, id))))
    return Response(status_code=204)


@router.get("/applicants/{id}/invitations", response_model=InvitationPage, operation_id="listInvitations",
            summary="Invitations that can still be accepted")  # fmt: skip
async def list_invitations(
    request: Request, id: UUID, db: Look, actor: Caller, the: The, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    await within(desk_of(db, actor, the), id)
    listing = listing_of(request, actor.key_id or actor.person_id)
    after = opened(the.keyring, listing, cursor)
    rows = await invitations.pending(db, id, the.now(), UUID(after[0]) if after else None, limit + 1)
    return page(request, rows, limit, lambda row: sealed(the.keyring, listing, [row.id]), _invitation)


@router.get("/applicants/{id}/invitations/{invitation_id}", response_model=InvitationOut,
            operation_id="getInvitation", summary="One invitation that can still be accepted")  # fmt: skip
async def get_invitation(id: UUID, invitation_id: UUID, db: Look, actor: Caller, the: The) -> Response:
    await within(desk_of(db, actor, the), id)
    row = await invitations.find(db, id, invitation_id, the.now())
    if row is None:
        raise NotFound
    return answer(_invitation(row), etag=tag_of(_invitation(row)))


@router.delete("/applicants/{id}/invitations/{invitation_id}", status_code=204,
               operation_id="withdrawInvitation", summary="Withdraw an invitation")  # fmt: skip
async def withdraw_invitation(
    id: UUID, invitation_id: UUID, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    desk = desk_of(db, actor, the)
    await membership.withdraw(desk, id, invitation_id, lambda row: insist(if_match, tag_of(_invitation(row))))
    return Response(status_code=204)


@router.post("/invitations/{token}/acceptances", status_code=201, response_model=AcceptedOut,
             operation_id="acceptInvitation", summary="Become a member by an invitation to your address")  # fmt: skip
async def accept(token: Token, db: Tx, actor: Caller, the: The) -> Response:
    found, row = await membership.accept(desk_of(db, actor, the), token)
    applicant = {"id": found.applicant_id, "name": found.applicant_name, "type": found.type}
    return answer({"applicant": applicant, "member": _view(row, actor, found.applicant_id)}, 201)

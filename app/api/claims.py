"""Claims to what came by mail."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, The, Tx
from app.api.moves import desk_of
from app.api.payloads import Out
from app.api.work import Transacted
from app.services import mail_claims

router = APIRouter(prefix="/v1/claims", route_class=Transacted, tags=["applicants"])
Token = Annotated[str, Path(min_length=32, max_length=32, pattern=r"^[A-Za-z0-9_-]+$")]


class ClaimedApplicant(Out):
    id: UUID
    name: str
    type: str


class ClaimedOut(Out):
    """What the caller has become the signer of."""

    applicant: ClaimedApplicant
    number: str = Field(description="Of the designation request or engagement that the mail became")


@router.post("/{token}", status_code=201, response_model=ClaimedOut, operation_id="claimMail",
             summary="Take over what you filed by mail, with your confirmed address")  # fmt: skip
async def claim(token: Token, db: Tx, actor: Caller, the: The) -> Response:
    found = await mail_claims.claim(desk_of(db, actor, the), token)
    applicant = {"id": found.applicant_id, "name": found.applicant_name, "type": found.type}
    return answer({"applicant": applicant, "number": found.number}, 201)

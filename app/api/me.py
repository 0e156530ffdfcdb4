"""The caller about itself, and the proof of the password that signing asks for."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from app.api.address_shapes import AddressOut, shown_address
from app.api.answers import answer
from app.api.deps import Caller, Look, The
from app.api.moves import proof_of
from app.api.payloads import In, Out, Password
from app.api.work import Transacted
from app.domain.policy import Audience
from app.services import signing
from app.services.journal import instant
from app.store import address_states

router = APIRouter(prefix="/v1/me", route_class=Transacted, tags=["me"])


class StepUpIn(In):
    password: Password | None = Field(
        None, description="May be left out with an access token of a login at most 60 seconds old"
    )


class StepUpOut(Out):
    step_up: str = Field(description="Shown this once")
    expires_at: datetime


class StandingOut(Out):
    id: UUID
    name: str
    type: str
    permissions: list[str]


class MeOut(Out):
    person_id: UUID | None
    key_id: UUID | None
    name: str
    email: str | None
    email_confirmed: bool
    address: AddressOut | None = Field(description="Of the confirmed address: whether mail reaches it")
    audience: Audience
    roles: list[str]
    scopes: list[str]
    applicants: list[StandingOut]


@router.get(
    "", response_model=MeOut, operation_id="getMe", summary="Who you are, and what you may do for whom"
)
async def get_me(actor: Caller, db: Look) -> Response:
    address = None
    if actor.person_id is not None and actor.email_confirmed:
        known = await address_states.of(db, [actor.person_id])
        address = shown_address(known.get(actor.person_id))
    return answer(
        {
            "person_id": actor.person_id,
            "key_id": actor.key_id,
            "name": actor.name,
            "email": actor.email,
            "email_confirmed": actor.email_confirmed,
            "address": address,
            "audience": actor.audience.value,
            "roles": sorted(actor.roles),
            "scopes": sorted(actor.scopes),
            "applicants": [
                {"id": each.id, "name": each.name, "type": each.type, "permissions": sorted(each.permissions)}
                for each in actor.standings.values()
            ],
        }
    )


@router.post("/step-ups", status_code=201, response_model=StepUpOut, operation_id="stepUp",
             summary="Prove that it is you; the token signs for five minutes")  # fmt: skip
async def step_up(body: StepUpIn, actor: Caller, the: The, request: Request) -> Response:
    request.scope["work"].seals_answer = True
    token, expires_at = await signing.step_up(proof_of(the), actor, body.password)
    return answer({"step_up": token, "expires_at": instant(expires_at)}, 201)

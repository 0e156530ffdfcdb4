"""Registration: anybody, from nothing to a first draft; and the code that proves the address."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, PublicTx, The, Tx
from app.api.payloads import ApplicantIn, Email, In, Out, Password, PersonName
from app.api.problems import refuse
from app.api.runtime import runtime_of
from app.api.work import Transacted
from app.domain.errors import CodeRefused, NotPermitted
from app.services import registrations
from app.services.registrations import Newcomer

router = APIRouter(prefix="/v1", route_class=Transacted, tags=["registration"])


class PersonIn(In):
    name: PersonName
    email: Email
    password: Password


class RegistrationIn(In):
    applicant: ApplicantIn
    person: PersonIn


class ConfirmationIn(In):
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class Named(Out):
    id: UUID
    name: str


class RegistrationOut(Out):
    id: UUID
    applicant: Named
    person: Named
    api_key: str = Field(description="Shown this once")
    email_confirmed: bool


class SentOut(Out):
    sent: bool


class ConfirmedOut(Out):
    id: UUID
    email_confirmed: bool


async def _hashed(body: RegistrationIn, request: Request) -> str:
    """The password's hash, made before any transaction is open."""
    return await runtime_of(request).passwords.hash(body.person.password)


@router.post("/registrations", status_code=201, response_model=RegistrationOut, operation_id="register",
             summary="Register an applicant and its first signer")  # fmt: skip
async def register(
    request: Request, body: RegistrationIn, hashed: Annotated[str, Depends(_hashed)], db: PublicTx, the: The
) -> Response:
    source = request.client.host if request.client else ""
    applicant = body.applicant.model_dump(mode="json", exclude_none=True)
    newcomer = Newcomer(body.person.name, body.person.email, hashed, applicant, source)
    made = await registrations.register(db, the.keyring, the.settings.public_url, newcomer, the.now())
    request.scope["work"].seals_answer = True
    return answer(
        {
            "id": made.id,
            "applicant": {"id": made.applicant_id, "name": body.applicant.name, "type": body.applicant.type},
            "person": {"id": made.person_id, "name": body.person.name, "email": body.person.email},
            "api_key": made.key.text,
            "email_confirmed": False,
        },
        201,
    )


@router.post("/registrations/{id}/confirmations", response_model=ConfirmedOut, operation_id="confirmAddress",
             summary="Confirm the e-mail address by the code in the mail")  # fmt: skip
async def confirm(request: Request, id: UUID, body: ConfirmationIn, db: PublicTx, the: The) -> Response:
    if await registrations.confirm(db, the.keyring, id, body.code, the.now()):
        return answer({"id": id, "email_confirmed": True})
    # answered, not raised: the try it cost must be committed
    return refuse(request, CodeRefused())


@router.post("/me/confirmation-codes", status_code=202, response_model=SentOut, responses={404: {}},
             operation_id="resendCode", summary="Send a fresh confirmation code to your address")  # fmt: skip
async def resend(db: Tx, actor: Caller, the: The) -> Response:
    if actor.person_id is None:
        raise NotPermitted("Only a person has an address to confirm.")
    await registrations.resend(db, the.keyring, the.settings.public_url, actor.person_id, the.now())
    return answer({"sent": True}, 202)

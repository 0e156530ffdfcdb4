"""What a person hears by mail and when; and the links in letters that stop more of the same (RFC 8058)."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, IfMatch, Look, PublicTx, The, Tx, insist
from app.api.moves import desk_of
from app.api.payloads import In, Out
from app.api.tags import tag_of
from app.api.work import Transacted
from app.domain import unsubscribing
from app.domain.errors import NotFound
from app.domain.keyring import Keyring
from app.domain.mail_preferences import EventClass, Preferences, classes_for
from app.domain.policy import Audience
from app.domain.unsubscribing import Stop
from app.services import mail_choices
from app.store import mail_preferences as store

router = APIRouter(prefix="/v1", route_class=Transacted, tags=["me"])
ClassName = Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
ModeName = Literal["now", "digest", "never"]
StopToken = Annotated[str, Path(max_length=64, pattern=unsubscribing.PATTERN)]


class PreferencesIn(In):
    mail: dict[ClassName, ModeName] = Field(
        max_length=20, description="By class of event; one that is left out comes at once"
    )


class PreferencesOut(Out):
    mail: dict[str, ModeName] = Field(description="By class of event; the mailbox has everything, at once")
    mandatory: list[str] = Field(description="Classes that always come at once")


class UnsubscriptionOut(Out):
    channel: Literal["mail"]
    stops: list[str] = Field(description="Classes of event of which no more comes")
    done: bool


def _view(chosen: Preferences, audience: Audience) -> dict[str, Any]:
    return {
        "mail": {each.value: chosen.mode(each).value for each in classes_for(audience)},
        "mandatory": [EventClass.MANDATORY.value],
    }


def _stop(keyring: Keyring, token: str) -> Stop:
    """Raises NotFound for a token that is none of ours."""
    found = unsubscribing.read(keyring, token)
    if found is None:
        raise NotFound
    return found


@router.get("/me/notification-preferences", response_model=PreferencesOut,
            operation_id="getNotificationPreferences", summary="What you hear by mail, and when")  # fmt: skip
async def get_preferences(actor: Caller, db: Look) -> Response:
    return answer(_view(await store.of(db, mail_choices.person(actor)), actor.audience))


@router.put("/me/notification-preferences", response_model=PreferencesOut,
            operation_id="putNotificationPreferences",
            summary="Choose what comes by mail at once, in a digest, or never")  # fmt: skip
async def put_preferences(
    body: PreferencesIn, db: Tx, actor: Caller, the: The, if_match: IfMatch
) -> Response:
    chosen = await mail_choices.choose(
        desk_of(db, actor, the),
        body.mail,
        lambda before: insist(if_match, tag_of(_view(before, actor.audience))),
    )
    view = _view(chosen, actor.audience)
    return answer(view, etag=tag_of(view))


@router.get("/unsubscriptions/{token}", response_model=UnsubscriptionOut, operation_id="getUnsubscription",
            responses={404: {}}, summary="What the link in a letter would stop; looking changes nothing")  # fmt: skip
async def get_unsubscription(token: StopToken, db: Look, the: The) -> Response:
    stop = _stop(the.keyring, token)
    stops = mail_choices.stopped_by(stop, await store.of(db, stop.person_id))
    return answer({"channel": "mail", "stops": stops, "done": False})


@router.post("/unsubscriptions/{token}", response_model=UnsubscriptionOut, operation_id="unsubscribe",
             responses={404: {}}, summary="Stop more mail of this kind, in one click (RFC 8058)")  # fmt: skip
async def unsubscribe(token: StopToken, db: PublicTx, the: The) -> Response:
    stops = await mail_choices.stop(db, _stop(the.keyring, token), the.now())
    return answer({"channel": "mail", "stops": stops, "done": True})

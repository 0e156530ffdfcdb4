"""The test clock, wired only where the setting is on: what time it is here, and letting time pass."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field, model_validator
from starlette.responses import Response

from app.api.answers import answer
from app.api.deps import Caller, Moment, The
from app.api.payloads import In, Out
from app.api.staff import Administrator
from app.api.work import Transacted, Work
from app.domain.errors import NotFound
from app.services import moved_clock
from app.services.journal import instant
from app.services.moved_clock import FURTHEST

router = APIRouter(prefix="/v1/test-clock", route_class=Transacted, tags=["test clock"])
HOURS = FURTHEST.days * 24


class TestClockOut(Out):
    now: datetime
    real: Literal[False] = Field(description="Nobody's calendar: this clock was set up to be moved")


class MoveIn(In):
    """Up to an instant, or for so many days and hours."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"days": 30}, {"to": "2027-01-04T14:00:00Z"}]})

    to: Moment | None = None
    days: Annotated[int, Field(ge=0, le=FURTHEST.days)] | None = None
    hours: Annotated[int, Field(ge=0, le=HOURS)] | None = None

    @model_validator(mode="after")
    def _is_one_way(self) -> Self:
        if (self.to is None) == (self.days is None and self.hours is None):
            raise ValueError("say to, or days and hours")
        return self

    @property
    def way(self) -> datetime | timedelta:
        return self.to or timedelta(days=self.days or 0, hours=self.hours or 0)


class DidOut(Out):
    """How often each kind of thing was tried on the way, in vain included."""

    timers: int
    letters: int
    webhooks: int
    chores: int


class MoveOut(Out):
    from_: datetime = Field(alias="from")
    now: datetime
    reached: bool = Field(description="False: it took too long; call again to go on from `now`")
    did: DidOut


@router.get("", response_model=TestClockOut, operation_id="getTestClock", summary="What time it is here")
async def get_clock(_: Caller, the: The) -> Response:
    return answer({"now": instant(the.now()), "real": False})


@router.post("/moves", response_model=MoveOut, responses={404: {}}, operation_id="moveTestClock",
             summary="Let time pass: all that falls due on the way happens at its own instant")  # fmt: skip
async def move(request: Request, body: MoveIn, _: Administrator, the: The) -> Response:
    if the.mover is None:
        raise NotFound
    moved_clock.check(body.way, the.now())
    work: Work = request.scope["work"]
    await work.pause()  # an open transaction would keep out all that is to happen
    moved = await the.mover.move(body.way)
    if work.claim is not None:
        await work.begin()
    return answer(
        {
            "from": instant(moved.begun),
            "now": instant(moved.now),
            "reached": moved.reached,
            "did": dict(moved.did),
        }
    )

"""What routes ask for in their signatures: the caller, a transaction, a look, the body as it was sent."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request
from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.answers import is_current
from app.api.callers import caller_of
from app.api.runtime import Runtime, runtime_of
from app.api.work import KEY_PATTERN, Work, claim
from app.domain.errors import PreconditionFailed, PreconditionRequired
from app.domain.policy import Actor


# Every dependency is a coroutine: a plain function would be sent to a thread and back for each call.
async def _runtime(request: Request) -> Runtime:
    return runtime_of(request)


The = Annotated[Runtime, Depends(_runtime)]
Caller = Annotated[Actor, Depends(caller_of)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=KEY_PATTERN,
        max_length=257,
        description="Repeats the stored answer instead of the act; bare or quoted.",
    ),
]


async def _transaction(
    request: Request,
    actor: Caller,
    idempotency_key: IdempotencyKey = None,
) -> AsyncConnection:
    work: Work = request.scope["work"]
    if idempotency_key is not None and request.method == "POST":
        await claim(work, request, str(actor.key_id or actor.person_id))
    return await work.begin()


async def _public_transaction(
    request: Request,
    idempotency_key: IdempotencyKey = None,
) -> AsyncConnection:
    work: Work = request.scope["work"]
    if idempotency_key is not None and request.method == "POST":
        await claim(work, request, "")
    return await work.begin()


async def _look(request: Request) -> AsyncConnection:
    work: Work = request.scope["work"]
    return await work.look()


Tx = Annotated[AsyncConnection, Depends(_transaction)]
PublicTx = Annotated[AsyncConnection, Depends(_public_transaction)]
Look = Annotated[AsyncConnection, Depends(_look)]


async def _tree(request: Request) -> Any:
    return await request.json()


Tree = Annotated[Any, Depends(_tree)]  # the body as sent, figures with their digits


async def _if_match(
    if_match: Annotated[
        str | None, Header(max_length=300, description="ETag of the version to change.")
    ] = None,
) -> str:
    if if_match is None:
        raise PreconditionRequired
    return if_match


async def _maybe_if_match(
    if_match: Annotated[str | None, Header(max_length=300, description="ETag to insist on.")] = None,
) -> str | None:
    return if_match


IfMatch = Annotated[str, Depends(_if_match)]
MaybeIfMatch = Annotated[str | None, Depends(_maybe_if_match)]
IfNoneMatch = Annotated[
    str | None, Header(max_length=1000, description="ETags already held; 304 when one is current.")
]
Limit = Annotated[int, Query(ge=1, le=200, description="Items a page.")]


def rfc3339(sent: object) -> str:
    if not isinstance(sent, str) or not re.match(r"^\d{4}-\d\d-\d\d[Tt]", sent):
        raise ValueError("should be an RFC 3339 instant, as 2026-12-31T17:00:00Z")
    return sent


EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:  # an hour before year 1 or after 9999: nothing lies beyond either
        return EARLIEST if at.year == 1 else LATEST


# An instant in a query; pydantic alone would also take a count of seconds.
Moment = Annotated[AwareDatetime, BeforeValidator(rfc3339), AfterValidator(in_utc)]
RequestRef = Annotated[
    str,
    Path(
        min_length=1, max_length=40, pattern=r"^[0-9A-Za-z-]+$", description="Id or number (AMT-YYYY-NNNNN)."
    ),
]


def insist(header: str | None, etag: str) -> None:
    """Raises PreconditionFailed, with the current tag, unless the header names it (or there is none)."""
    if header is not None and not is_current(header, etag):
        raise PreconditionFailed(current_etag=f'"{etag}"', headers={"ETag": f'"{etag}"'})

"""What routes ask for in their signatures: the caller, a transaction, a look, the body as it was sent."""

from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.answers import matches
from app.api.callers import caller_of
from app.api.runtime import Runtime, runtime_of
from app.api.work import Work, claim
from app.domain.errors import PreconditionFailed, PreconditionRequired
from app.domain.policy import Actor


# Every dependency is a coroutine: a plain function would be sent to a thread and back for each call.
async def _runtime(request: Request) -> Runtime:
    return runtime_of(request)


The = Annotated[Runtime, Depends(_runtime)]
Caller = Annotated[Actor, Depends(caller_of)]


async def _transaction(
    request: Request,
    actor: Caller,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=257,
            description="Repeats the stored answer instead of the act.",
        ),
    ] = None,
) -> AsyncConnection:
    work: Work = request.scope["work"]
    if idempotency_key is not None and request.method == "POST":
        await claim(work, request, str(actor.key_id or actor.person_id))
    return await work.begin()


async def _public_transaction(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            max_length=257,
            description="Repeats the stored answer instead of the act.",
        ),
    ] = None,
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
RequestRef = Annotated[
    str,
    Path(
        min_length=1, max_length=40, pattern=r"^[0-9A-Za-z-]+$", description="Id or number (AMT-YYYY-NNNNN)."
    ),
]


def insist(header: str | None, etag: str) -> None:
    """Raises PreconditionFailed, with the current tag, unless the header names it (or there is none)."""
    if header is not None and not matches(header, etag):
        raise PreconditionFailed(current_etag=f'"{etag}"', headers={"ETag": f'"{etag}"'})

"""One call, one transaction: opened by the route class, kept with an idempotent answer, committed before the answer."""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet
from fastapi import Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic_core import PydanticUndefined
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from app.api.answers import matches
from app.api.callers import asks_for, caller_of
from app.api.entrance import check_content_type, check_lengths, check_query
from app.api.negotiation import check_accept, media_types_of
from app.api.runtime import Runtime, runtime_of
from app.api.steps import endpoint_of
from app.domain import exact_json
from app.domain.errors import (
    Flaw,
    Invalid,
    KeyReused,
    Malformed,
    StillRunning,
)
from app.domain.policy import Actor
from app.store import idempotency

# Parts of addresses, beside the routes that take a number or an id in the same place.
WORDS = frozenset({"bulk-transitions", "timeliness"})
KEY_PATTERN = r'^("[ -~]{1,255}"|[!#-~][ -~]{0,254})$'
SECRET_MEMBERS = frozenset({"password", "step_up", "new_password"})
KEPT_HEADERS = ("etag", "location", "content-type")


class ExactRequest(Request):
    """A request whose JSON keeps the digits of its figures."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            most = runtime_of(self).settings.max_body_bytes
            if int(self.headers.get("content-length", "0")) > most:
                raise HTTPException(413)
            self._body = await self._received(most)
        return self._body

    async def _received(self, most: int) -> bytes:
        pieces, size = [], 0
        try:
            async for piece in self.stream():
                size += len(piece)
                if size > most:
                    raise HTTPException(413)
                pieces.append(piece)
        except ClientDisconnect:
            raise Malformed("The body ended early.") from None
        return b"".join(pieces)

    async def json(self) -> Any:
        if not hasattr(self, "_json"):
            try:
                self._json = exact_json.decode(await self.body())
            except exact_json.NotJson as fault:
                raise Malformed(f"The body is not well-formed JSON: {fault}.") from None
        return self._json


class Replay(Exception):
    """Not an error: the stored answer, on its way out."""

    def __init__(self, response: Response) -> None:
        self.response = response


@dataclass
class Claim:
    """An Idempotency-Key in use: whose, for which body."""

    key_digest: str
    fingerprint: str
    key: str


class Work:
    """What one call holds: its runtime, its connection, its claim on an Idempotency-Key."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.connection: AsyncConnection | None = None
        self.claim: Claim | None = None
        self.seals_answer = False  # set where the answer carries a secret
        self._open: AbstractAsyncContextManager[AsyncConnection] | None = None
        self._running: str | None = None

    async def begin(self) -> AsyncConnection:
        return self.connection or await self._opened(self.runtime.database.writing())

    async def look(self) -> AsyncConnection:
        return self.connection or await self._opened(self.runtime.database.reading())

    async def _opened(self, way: AbstractAsyncContextManager[AsyncConnection]) -> AsyncConnection:
        self.connection = await way.__aenter__()
        self._open = way
        return self.connection

    async def pause(self) -> None:
        """Gives back the connection for the time of something long; a claimed key stays ours, here in this process."""
        await self._close(None)
        self.connection = None

    def occupy(self, key_digest: str) -> None:
        """Marks a key as running in this process. Raises StillRunning."""
        if key_digest in self.runtime.running:
            raise StillRunning(headers={"Retry-After": "1"})
        self.runtime.running.add(key_digest)
        self._running = key_digest

    async def finish(self, response: Response) -> None:
        if self.claim is not None and response.status_code < 300 and self.connection is not None:
            await self._keep(self.claim, response, self.connection)
        await self._close(None)
        self._leave()

    async def _keep(self, claim: Claim, response: Response, db: AsyncConnection) -> None:
        answer = _stored(response, claim.key if self.seals_answer else None)
        try:
            await idempotency.keep(db, claim.key_digest, claim.fingerprint, answer, self.runtime.now())
        except idempotency.TakenMeanwhile:
            raise StillRunning(headers={"Retry-After": "1"}) from None

    async def abandon(self, fault: BaseException) -> None:
        self._leave()
        await self._close(fault)

    async def _close(self, fault: BaseException | None) -> None:
        way, self._open = self._open, None
        if way is None:
            return
        if fault is None:
            await way.__aexit__(None, None, None)
        else:
            await way.__aexit__(type(fault), fault, fault.__traceback__)

    def _leave(self) -> None:
        if self._running is not None:
            self.runtime.running.discard(self._running)
            self._running = None


def _seal(key: str) -> Fernet:
    """A cipher under a key that only the holder of the Idempotency-Key can derive."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"idempotent-answer\0" + key.encode()).digest()))


def _stored(response: Response, seal_with: str | None) -> idempotency.Answer:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    body = bytes(response.body)
    if seal_with is not None:
        body = _seal(seal_with).encrypt(body)
    return idempotency.Answer(response.status_code, exact_json.stored(headers), body, seal_with is not None)


def _replayed(answer: idempotency.Answer, key: str) -> Response:
    body = _seal(key).decrypt(answer.body) if answer.sealed else answer.body
    headers = {**exact_json.decode(answer.headers), "idempotency-replayed": "true"}
    return Response(body, answer.status, headers=headers)


def without_secrets(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: without_secrets(member) for name, member in tree.items() if name not in SECRET_MEMBERS}
    if isinstance(tree, list):
        return [without_secrets(member) for member in tree]
    return tree


def idempotency_key(request: Request) -> str | None:
    """The header, bare or quoted (IETF draft-07). Raises Invalid where it is too long, empty or not printable."""
    sent = request.headers.get("idempotency-key")
    if sent is None:
        return None
    if not re.match(KEY_PATTERN, sent):
        raise Invalid(
            flaws=[Flaw("/header/Idempotency-Key", "idempotency-key", "1 to 255 printable ASCII characters")]
        )
    return sent[1:-1] if sent.startswith('"') else sent


def _digest_of(work: Work, request: Request, caller: str, key: str, fingerprint: str) -> str:
    parts = [caller, request.method, request.url.path, key]
    if caller == "":
        parts.append(fingerprint)  # strangers share no key: the body is part of whose it is
    return work.runtime.keyring.mac("idempotency-key", *(part.encode() for part in parts)).hex()


async def is_answered(work: Work, request: Request, caller: str) -> bool:
    """Whether an answer is kept under this caller's key: a call whose body streams asks before it knows the body."""
    key = idempotency_key(request)
    if key is None:
        return False
    async with work.runtime.database.reading() as db:
        found, _ = await idempotency.look_up(db, _digest_of(work, request, caller, key, ""))
    return found is not None


async def claim(work: Work, request: Request, caller: str, fingerprint_of: Any = None) -> None:
    """Answers from the store where this key and body were answered before; else remembers the key for `finish`."""
    key = idempotency_key(request)
    if key is None:
        return
    keyring = work.runtime.keyring
    if fingerprint_of is None:
        raw = await request.body()
        fingerprint_of = without_secrets(await request.json()) if raw else None
    fingerprint = keyring.mac("idempotency-body", exact_json.stored(fingerprint_of).encode()).hex()
    key_digest = _digest_of(work, request, caller, key, fingerprint)
    work.occupy(key_digest)
    db = await work.begin()
    found, running_elsewhere = await idempotency.look_up(db, key_digest)
    if running_elsewhere:
        raise StillRunning(headers={"Retry-After": "1"})
    if found is None:
        work.claim = Claim(key_digest, fingerprint, key)
        return
    if found.fingerprint != fingerprint:
        raise KeyReused
    raise Replay(_replayed(found.answer, key))


class Transacted(APIRoute):
    """A route that checks the door (query, media types), and runs its endpoint inside one unit of work."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        handle = self._handler()

        # FastAPI's own would hold open what forms and generators need, and catch what the layer above it catches
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            response = await handle(ExactRequest(scope, receive))
            await response(scope, receive, send)

        self.app = app
        self._refers = self.path.endswith("}") and self.path.count("{") == 1

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, but a word of ours that stands where a reference would is none, whatever the method."""
        match, found = super().matches(scope)
        if self._refers and match is not Match.NONE and not WORDS.isdisjoint(found["path_params"].values()):
            return Match.NONE, {}
        return match, found

    def _handler(self) -> Callable[[ExactRequest], Awaitable[Response]]:
        known = frozenset(
            each.alias
            for each in get_flat_params(self.dependant)
            if isinstance(each.field_info, params.Query)
        )
        body = self.body_field
        media = getattr(body.field_info, "media_type", "application/json") if body is not None else None
        endpoint = endpoint_of(self.dependant, None if body is None else _body_of)
        produces = media_types_of(self)
        is_public = not asks_for(self.dependant, caller_of)
        # a POST that opens no transaction of its own still repeats its answer
        claims_itself = not is_public and body is not None and self.methods == {"POST"} and not opens(self)

        async def handle(request: ExactRequest) -> Response:
            work = request.scope["work"] = Work(runtime_of(request))
            try:
                if not is_public:
                    await caller_of(request)
                check_query(request, known)
                check_accept(request, produces)
                check_lengths(request)
                if media is not None:
                    check_content_type(request, media)
                if claims_itself:
                    await claim(work, request, _name_of(request.scope["actor"]))
                response = await endpoint(request)
                if request.method == "GET":
                    response = conditional(request, response)
                await work.finish(response)
            except Replay as replay:
                response = replay.response
                await work.finish(response)
            except BaseException as fault:
                await work.abandon(fault)
                raise
            return response

        return handle


async def _body_of(request: Request) -> Any:
    """The body as its model takes it; `check_content_type` has seen that it is JSON."""
    return await request.json() if await request.body() else PydanticUndefined


def _name_of(actor: Actor) -> str:
    return str(actor.key_id or actor.person_id)


def conditional(request: Request, response: Response) -> Response:
    """A successful answer to GET with its tag, or 304 where the caller holds it already (RFC 9110 13.1.2)."""
    body = getattr(response, "body", None)
    if response.status_code != 200 or body is None:  # a stream sees to its own tag
        return response
    tag = response.headers.get("etag")
    if tag is None:
        tag = response.headers["etag"] = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    held = request.headers.get("if-none-match")
    if held is None or not matches(held, tag.strip('"')):
        return response
    return Response(status_code=304, headers={"ETag": tag})


def opens(route: APIRoute) -> bool:
    """Whether the route asks for a transaction, which sees to the Idempotency-Key."""
    return any(each.alias == "Idempotency-Key" for each in get_flat_params(route.dependant))

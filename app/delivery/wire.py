"""A webhook as it goes over the wire: request line, headers, signatures, and the bytes that were frozen."""

import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

from app.domain import addresses, webhooks
from app.domain.addresses import Guard
from app.domain.keyring import Keyring
from app.domain.webhooks import Message
from app.services import webhook_secrets
from app.services.webhook_secrets import Secret
from app.store.webhook_loading import Loaded
from app.store.webhook_sending import Attempt

AGENT: Final = "amtdp-webhooks/1"
FIXED: Final = {
    "user-agent": AGENT,
    "accept-encoding": "identity",
    "content-type": "application/cloudevents+json",
}
REMEMBERED: Final = 1000
AHEAD: Final = 16  # requests made at once
FRESH: Final = timedelta(seconds=1)  # that an attempt may be younger than what its request says of the time


class NoSecret(Exception):
    """None of the endpoint's secrets signs; what was sealed under another master secret can't be read."""


@dataclass(slots=True)
class Parcel:
    """What a delivery carries with it from claim to settling."""

    loaded: Loaded
    body: str
    unmade: "deque[Parcel]"  # those of the same claim whose requests have not been made
    request: bytes | None = None
    made_at: datetime | None = None
    attempt: Attempt | None = None


class Wire:
    """Makes requests. What is sealed is opened once, and one event to many endpoints within a moment is signed once.

    Requests are made a few at a time: a signature alone takes as long as a post, and half as long again where the
    tables it works with have left the processor's cache meanwhile.
    """

    def __init__(self, keyring: Keyring, guard: Guard, stamp: Callable[[], datetime] | None = None) -> None:
        self.keyring = keyring
        self.guard = guard
        self.stamp = stamp  # the time by receivers' clocks, where ours was moved
        self.signing = _Remembering(keyring)
        self._messages: dict[UUID, tuple[datetime, Message]] = {}  # by event, the oldest first
        self._secrets = lru_cache(REMEMBERED)(self._secrets_of)
        self._start = lru_cache(REMEMBERED)(self._start_of)

    def request(self, parcel: Parcel, at: datetime) -> bytes:
        """The whole request. Raises NotAllowed, NoSecret."""
        request, made_at = parcel.request, parcel.made_at
        if request is None or made_at is None or at - made_at > FRESH:
            request, _ = self._made(parcel, at)
            self._make_ahead(parcel.unmade, at)
        parcel.request = None
        return request

    def _make_ahead(self, unmade: deque[Parcel], at: datetime) -> None:
        for _ in range(min(AHEAD, len(unmade))):
            each = unmade.popleft()
            if each.attempt is None:  # else it is under way
                with contextlib.suppress(Exception):  # raised again when its turn comes
                    each.request, each.made_at = self._made(each, at)

    def _made(self, parcel: Parcel, at: datetime) -> tuple[bytes, datetime]:
        """And at which instant what it says is true."""
        loaded, endpoint = parcel.loaded, parcel.loaded.endpoint
        start = self._start(endpoint.url, endpoint.headers)
        secrets = webhook_secrets.signing(self._secrets(endpoint.secrets), at)
        if not secrets:
            raise NoSecret
        told_at, message = self._message(parcel, at)
        named = webhooks.headers(
            message, secrets, self.signing, sequence=loaded.sequence, previous=loaded.previous_sequence
        )
        head = f"{start}{_lines(named)}content-length: {len(message.body)}\r\n\r\n"
        return head.encode("ascii") + message.body, told_at

    def _message(self, parcel: Parcel, at: datetime) -> tuple[datetime, Message]:
        """What is told of an event, and when: the same to all endpoints within a moment."""
        # a test is about no event: its delivery's id is that of the CloudEvent in it
        event, id = parcel.loaded.event, parcel.loaded.delivery_id
        id = id if event is None else event.id
        found = self._messages.get(id)
        if found is None or abs(at - found[0]) > FRESH:
            self._messages.pop(id, None)
            sent_at = at if self.stamp is None else self.stamp()
            found = self._messages[id] = at, Message(str(id), sent_at, parcel.body.encode())
            if len(self._messages) > REMEMBERED:
                del self._messages[next(iter(self._messages))]
        return found

    def _secrets_of(self, cell: str) -> list[Secret]:
        return webhook_secrets.opened(self.keyring, cell)

    def _start_of(self, url: str, cell: str | None) -> str:
        """Request line, host, and what is the same in all that the endpoint is sent."""
        the, own = addresses.target(url, self.guard), webhook_secrets.opened_headers(self.keyring, cell)
        if any(each in value for value in own.values() for each in "\r\n\0"):
            raise ValueError("a header is one line")
        headers = {**{name.lower(): value for name, value in own.items()}, **FIXED}
        return f"POST {the.path} HTTP/1.1\r\nhost: {the.authority}\r\n{_lines(headers)}"


class _Remembering:
    """The key that signs for the service; the same bytes have the same ed25519 signature."""

    def __init__(self, keyring: Keyring) -> None:
        self._sign = lru_cache(REMEMBERED)(keyring.signing.sign)

    def sign(self, data: bytes, /) -> bytes:
        return self._sign(data)


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())

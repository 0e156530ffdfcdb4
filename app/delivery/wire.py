"""A webhook as it goes over the wire: request line, headers, signatures, and the bytes that were frozen."""

import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from app.domain import addresses, webhooks
from app.domain.addresses import Guard
from app.domain.keyring import Keyring
from app.services import webhook_secrets
from app.services.webhook_secrets import Secret
from app.store.webhook_sending import Attempt, Loaded

AGENT: Final = "amtdp-webhooks/1"
FIXED: Final = {
    "user-agent": AGENT,
    "accept-encoding": "identity",
    "content-type": "application/cloudevents+json",
}
REMEMBERED: Final = 1000
AHEAD: Final = 16  # requests made at once
FRESH: Final = timedelta(seconds=1)  # that a request which was made ahead may wait


class NoSecret(Exception):
    """None of the endpoint's secrets signs; what was sealed under another master secret can't be read."""


@dataclass(slots=True)
class Parcel:
    """What a delivery carries with it from claim to settling."""

    loaded: Loaded
    body: str
    bundle: deque["Parcel"]  # those of the same claim whose requests have not been made
    request: bytes | None = None
    made_at: datetime | None = None
    attempt: Attempt | None = None


class Wire:
    """Makes requests. What is sealed is opened once, and one event to many endpoints in one second is signed once.

    Requests are made a few at a time: a signature alone takes as long as a post, and half as long again where the
    tables it works with have left the processor's cache meanwhile.
    """

    def __init__(self, keyring: Keyring, guard: Guard, stamp: Callable[[], datetime] | None = None) -> None:
        self.keyring = keyring
        self.guard = guard
        self.stamp = stamp  # the time by receivers' clocks, where ours was moved
        self.signing = _Remembering(keyring)
        self._secrets = lru_cache(REMEMBERED)(self._secrets_of)
        self._headers = lru_cache(REMEMBERED)(self._headers_of)

    def request(self, parcel: Parcel, at: datetime) -> bytes:
        """The whole request. Raises NotAllowed, NoSecret."""
        if parcel.request is None or parcel.made_at is None or at - parcel.made_at > FRESH:
            request = self._made(parcel, at)
            self._make_ahead(parcel.bundle, at)
        else:
            request = parcel.request
        parcel.request = None
        return request

    def _make_ahead(self, bundle: deque[Parcel], at: datetime) -> None:
        for _ in range(min(AHEAD, len(bundle))):
            each = bundle.popleft()
            if each.attempt is None:  # else it is under way
                with contextlib.suppress(Exception):  # raised again when its turn comes
                    each.request, each.made_at = self._made(each, at), at

    def _made(self, parcel: Parcel, at: datetime) -> bytes:
        loaded, body = parcel.loaded, parcel.body.encode()
        the = addresses.target(loaded.url, self.guard)
        secrets = webhook_secrets.signing(self._secrets(loaded.secrets), at)
        if not secrets:
            raise NoSecret
        # a test is about no event: its delivery's id is that of the CloudEvent in it
        sent_at = at if self.stamp is None else self.stamp()
        message = webhooks.Message(str(loaded.event_id or loaded.delivery_id), sent_at, body)
        named = webhooks.headers(
            message, secrets, self.signing, sequence=loaded.sequence, previous=loaded.previous_sequence
        )
        head = (
            f"POST {the.path} HTTP/1.1\r\nhost: {the.authority}\r\n{self._headers(loaded.headers)}"
            f"{_lines(named)}content-length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body

    def _secrets_of(self, cell: str) -> list[Secret]:
        return webhook_secrets.opened(self.keyring, cell)

    def _headers_of(self, cell: str | None) -> str:
        own = webhook_secrets.opened_headers(self.keyring, cell)
        if any(each in value for value in own.values() for each in "\r\n\0"):
            raise ValueError("a header is one line")
        return _lines({**{name.lower(): value for name, value in own.items()}, **FIXED})


class _Remembering:
    """The key that signs for the service; the same bytes have the same ed25519 signature."""

    def __init__(self, keyring: Keyring) -> None:
        self._sign = lru_cache(REMEMBERED)(keyring.signing.sign)

    def sign(self, data: bytes, /) -> bytes:
        return self._sign(data)


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())

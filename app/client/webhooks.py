"""Receiving webhooks: whether a delivery is the service's own and untouched, what it tells, and what is missing.

Verify the bytes as they came, before anything parses or re-encodes them.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain import exact_json, webhooks
from app.domain.event_types.bodies import CloudEvent
from app.domain.event_types.reading import NotAnEvent, read
from app.domain.keyring import from_base64url

__all__ = ["Delivery", "Gap", "Ledger", "NotADelivery", "received"]


class NotADelivery(ValueError):
    """Do not act on it, and answer 400. `part` says what is wrong: one of PARTS."""

    PARTS = ("secret", "key", "id", "timestamp", "signature", "body", "sequence")

    def __init__(self, part: str, detail: str) -> None:
        self.part = part
        super().__init__(f"{part}: {detail}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified delivery. `previous` is the sequence that this endpoint was sent before of the same subject.

    `previous` is not covered by the signature: let it make you look into the feed, and no more.
    """

    event: CloudEvent
    sequence: int
    previous: int | None
    at: datetime  # of this attempt


def received(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[str] = (),
    keys: Iterable[Mapping[str, str]] = (),
    now: datetime | None = None,
) -> Delivery:
    """The delivery, if it verifies by one of the secrets (`v1`) or public keys (`v1a`; JWK, as GET /v1/keys has them).

    Give the old and the new secret while one is rotated. Raises NotADelivery.
    """
    public = [_public(each) for each in keys]
    if not secrets and not public:
        raise NotADelivery("secret", "give the endpoint's secret or the service's public keys")
    try:
        message = webhooks.verify(headers, body, now or datetime.now(UTC), secrets=secrets, keys=public)
    except webhooks.NotASecret as fault:
        raise NotADelivery("secret", str(fault)) from None
    except webhooks.NotVerified as fault:
        raise NotADelivery(fault.part, str(fault)) from None
    event = _event(body)
    if event.id != message.id:
        raise NotADelivery("id", "webhook-id is not the id of the event")
    named = {name.lower(): value for name, value in headers.items()}
    previous = _counted(named.get("webhook-previous-sequence"))
    return Delivery(event, _sequence(event, named), previous, message.at)


def _public(key: Mapping[str, str]) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(from_base64url(key["x"]))
    except (KeyError, TypeError, ValueError):
        raise NotADelivery("key", "a public key is a JWK of kind OKP with its x") from None


def _event(body: bytes) -> CloudEvent:
    try:
        return read(exact_json.decode(body))
    except (exact_json.NotJson, NotAnEvent) as fault:
        raise NotADelivery("body", str(fault)) from None


def _sequence(event: CloudEvent, named: Mapping[str, str]) -> int:
    """As the signed body says it; the header must agree."""
    shown = _counted(named.get("webhook-sequence"))
    sequence = shown if event.sequence is None else event.sequence
    if sequence is None or shown not in {None, sequence}:
        raise NotADelivery("sequence", "webhook-sequence is not the sequence in the body")
    return sequence


def _counted(header: str | None) -> int | None:
    if header is None:
        return None
    if not (header.isascii() and header.isdigit() and len(header) <= len(str(2**31))):
        raise NotADelivery("sequence", "webhook-sequence and webhook-previous-sequence are whole numbers")
    return int(header)


@dataclass(frozen=True, slots=True)
class Gap:
    """A delivery came before the one it follows: late, or lost. The feed has it.

    `expected` is the sequence that was sent before, `seen` the last one before this that was taken (None: none).
    """

    subject: str
    expected: int
    seen: int | None


class Ledger:
    """What a receiver has had: drops what came before, and says what should have come before.

    It remembers the last `most` events. A receiver that must not act twice after a restart keeps ids and sequences
    with its own records, and fills a new ledger from them by `note`.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._ids: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._taken: dict[str, set[int]] = {}
        self._missing: dict[str, set[int]] = {}

    def take(self, delivery: Delivery) -> bool:
        """Whether this event is new; a gap before it shows in `gaps` until what is missing has come."""
        subject, previous = delivery.event.subject, delivery.previous
        is_new = self.note(delivery.event.id, subject, delivery.sequence)
        if is_new and previous is not None and previous not in self._taken[subject]:
            self._missing.setdefault(subject, set()).add(previous)
        return is_new

    def note(self, id: str, subject: str, sequence: int) -> bool:
        """Takes an event that came by another way, as from the feed; whether it is new."""
        if id in self._ids:
            return False
        self._ids[id] = (subject, sequence)
        self._taken.setdefault(subject, set()).add(sequence)
        self._missing.get(subject, set()).discard(sequence)
        if len(self._ids) > self._most:
            self._forget(*self._ids.popitem(last=False)[1])
        return True

    @property
    def gaps(self) -> list[Gap]:
        """What is missing now, subject by subject."""
        return [
            Gap(
                subject,
                expected,
                max((each for each in self._taken.get(subject, ()) if each < expected), default=None),
            )
            for subject, missing in sorted(self._missing.items())
            for expected in sorted(missing)
        ]

    def _forget(self, subject: str, sequence: int) -> None:
        self._taken[subject].discard(sequence)
        if not self._taken[subject]:
            del self._taken[subject]
            self._missing.pop(subject, None)

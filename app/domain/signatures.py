"""Electronic signatures: who signed, in which sense, over what (21 CFR 11.50, 11.70, 11.200)."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain import exact_json
from app.domain.keyring import Keyring, base64url, from_base64url


class Meaning(StrEnum):
    """The fixed list of what a signature can mean (21 CFR 11.50(a)(3))."""

    AUTHORSHIP = "authorship"
    RESPONSIBILITY = "responsibility"
    APPROVAL = "approval"
    REVIEW = "review"


STEP_UP_LIFE = timedelta(minutes=5)
FAILURES_TO_LOCK = 5
LOCK_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it is recorded: bound to its record by the digest of what was signed (21 CFR 11.70)."""

    person_id: UUID
    printed_name: str
    meaning: Meaning
    at: datetime
    act: str
    snapshot_sha256: str


def step_up_token(
    keyring: Keyring, person_id: UUID, credential_id: UUID | None, now: datetime
) -> tuple[str, datetime]:
    """A token that stands for the password for five minutes, for this person through this credential alone."""
    expires_at = now + STEP_UP_LIFE
    payload = exact_json.stored(
        {
            "person": str(person_id),
            "credential": str(credential_id),
            "until": expires_at.timestamp().__ceil__(),
        }
    ).encode()
    return f"{base64url(payload)}.{base64url(keyring.mac('step-up', payload))}", expires_at


def step_up_holds(
    keyring: Keyring, token: str, person_id: UUID, credential_id: UUID | None, now: datetime
) -> bool:
    """Whether the token is ours, unexpired, and of this person and credential."""
    try:
        payload, mac = (from_base64url(part) for part in token.split("."))
        if not hmac.compare_digest(mac, keyring.mac("step-up", payload)):
            return False
        claims: dict[str, Any] = exact_json.decode(payload)
    except (ValueError, UnicodeError):
        return False
    return bool(
        claims["person"] == str(person_id)
        and claims["credential"] == str(credential_id)
        and claims["until"] > now.timestamp()
    )

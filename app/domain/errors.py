"""What can be refused: each refusal is a name, a stable code and a sentence; no status and no logging here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with one member of a body: a pointer (RFC 6901), the rule it broke, and a sentence."""

    pointer: str
    rule: str
    detail: str


class DomainError(Exception):
    """Something asked for that cannot be. `facts` are members the caller may see beside the sentence."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "This cannot be done."
    place: ClassVar[str | None] = None  # what is wrong, where it is always the same member

    def __init__(self, detail: str | None = None, /, flaws: Iterable[Flaw] = (), **facts: Any) -> None:
        self.detail = detail or self.sentence
        own = () if self.place is None else (Flaw(self.place, self.code, self.detail),)
        self.flaws = tuple(flaws) or own
        self.facts: Mapping[str, Any] = facts
        super().__init__(self.detail)


class Unauthenticated(DomainError):
    code = "unauthenticated"
    sentence = "This call needs a valid API key or access token in the Authorization header."


class NotPermitted(DomainError):
    code = "not-permitted"
    sentence = "Your role or the scopes of your key do not allow this."


class EmailNotConfirmed(NotPermitted):
    code = "email-not-confirmed"
    sentence = "Confirm your e-mail address before this step."


class NotFound(DomainError):
    code = "not-found"
    sentence = "There is nothing here that you can see."


class Malformed(DomainError):
    code = "malformed-json"
    sentence = "The body is not well-formed JSON."


class Invalid(DomainError):
    code = "invalid"
    sentence = "The request has members that cannot be accepted."


class Conflict(DomainError):
    code = "conflict"
    sentence = "This conflicts with the present state."


class NoSuchTransition(Conflict):
    code = "no-such-transition"
    sentence = "This transition is not open from the present state."


class NotADraft(Conflict):
    code = "not-a-draft"
    sentence = "Only a draft can be changed this way; what was submitted is an immutable record."


class LastSigner(Conflict):
    code = "last-signer"
    sentence = "An applicant keeps at least one signer; make another member signer first."


class NotReady(DomainError):
    code = "not-ready"
    sentence = "The request is not ready to be submitted."


class SigningRefused(DomainError):
    code = "signing-refused"
    sentence = "The signature was not accepted: the password or step-up token is not valid for this person."


class SigningLocked(DomainError):
    code = "signing-locked"
    sentence = "Signing is locked for this person after repeated failures."


class FileRefused(DomainError):
    code = "file-refused"
    sentence = "The file is not one that can be taken."
    place = "/file"


class FileMissing(DomainError):
    code = "file-missing"
    sentence = "The record of this file is here but its bytes are not; the program has been told."


class FileInfected(DomainError):
    code = "file-infected"
    sentence = "The scanner found malware in this file; it is kept out of reach."


class ScanPending(Conflict):
    code = "scan-pending"
    sentence = "The scanner has not judged this file yet; it is handed out once it has."


class TooManyFiles(Conflict):
    code = "too-many-files"
    sentence = "The request has as many files as the published limit allows."


class RangeNotSatisfiable(DomainError):
    code = "range-not-satisfiable"
    sentence = "The file has no such range of bytes."


class TargetNotAllowed(DomainError):
    code = "target-not-allowed"
    sentence = "This address is not one that the service calls."


class EndpointDisabled(Conflict):
    code = "endpoint-disabled"
    sentence = "The endpoint is disabled; enable it first."


class TooManyEndpoints(Conflict):
    code = "too-many-endpoints"
    sentence = "The owner has as many endpoints as the published limit allows."


class CodeRefused(DomainError):
    code = "code-refused"
    sentence = "The code is wrong, older than fifteen minutes, or was tried five times."
    place = "/code"


class PreconditionRequired(DomainError):
    code = "precondition-required"
    sentence = "Send If-Match with the ETag of the version you mean to change."


class PreconditionFailed(DomainError):
    code = "precondition-failed"
    sentence = "The resource has changed since the version named in If-Match."


class KeyReused(DomainError):
    code = "idempotency-key-reused"
    sentence = "This Idempotency-Key was used before with another body."
    place = "/header/Idempotency-Key"


class StillRunning(DomainError):
    code = "still-running"
    sentence = "A call with this Idempotency-Key is still running."


class TooMany(DomainError):
    code = "too-many-requests"
    sentence = "Too many calls; wait as long as Retry-After says."


class TooLarge(DomainError):
    code = "too-large"
    sentence = "The body is larger than the published limit."


class NotAcceptable(DomainError):
    code = "not-acceptable"
    sentence = "This resource has no representation of the media types in Accept."


class UnsupportedMediaType(DomainError):
    code = "unsupported-media-type"
    sentence = "The body has a media type that this operation does not take."


class Unavailable(DomainError):
    code = "unavailable"
    sentence = "A part this call needs is not available now."

"""One page for each problem code: title, cause, fix and an example. `type` in a problem's body points here."""

from dataclasses import dataclass
from html import escape
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import HTMLResponse, Response

from app.api.work import Transacted
from app.domain.errors import NotFound


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    title: str
    cause: str
    fix: str
    example: str


PAGES: dict[str, Page] = {
    "malformed-json": Page(
        400, "The body is not well-formed JSON",
        "The body could not be read as one JSON value of at most 32 levels; NaN and Infinity are not JSON.",
        "Send one JSON object in UTF-8 with Content-Type: application/json.",
        '{"content": {"title": "Continuous direct compression"}}'),
    "malformed-request": Page(
        400, "The call is not well-formed HTTP",
        "The request line or a header field could not be read, or the method is none that the server knows.",
        "Send the call with an HTTP library, by a method that OPTIONS names.",
        "GET /v1/keys HTTP/1.1"),
    "unauthenticated": Page(
        401, "No valid credential",
        "The Authorization header is missing, or its key is unknown, mistyped, expired or revoked.",
        "Send Authorization: Bearer with an API key that is still valid; a signer can make a new one.",
        "Authorization: Bearer amtdp_…"),
    "not-permitted": Page(
        403, "Not allowed for you",
        "You can see the thing, but your role, your mandate or the scopes of your key do not allow this act.",
        "Ask a signer of the applicant, or use a key with the scope that the detail names.",
        "A key with requests:read alone cannot change a draft."),
    "email-not-confirmed": Page(
        403, "E-mail address not confirmed",
        "The first submission needs a confirmed address; drafting does not.",
        "Post the code from the mail to /v1/registrations/{id}/confirmations.",
        '{"code": "493817"}'),
    "signing-refused": Page(
        403, "Signature not accepted",
        "The password or step-up token is not valid for the person who signs, or the printed name is not theirs.",
        "Sign with your own password, or a token from POST /v1/me/step-ups that is at most five minutes old.",
        '{"signature": {"printed_name": "Ana Ruiz", "meaning": "authorship", "step_up": "…"}}'),
    "not-found": Page(
        404, "Nothing here that you can see",
        "There is no such address, or no such thing, or it is not yours to see.",
        "Check the id or number, and that the key belongs to the applicant.",
        "GET /v1/designation-requests/AMT-2026-00017"),
    "method-not-allowed": Page(
        405, "The address does not take this method",
        "The address exists but not for this method.",
        "Use a method named in the Allow header.",
        "Allow: GET, POST"),
    "not-acceptable": Page(
        406, "No such representation",
        "None of the media types in Accept is one this resource has.",
        "Leave Accept out, or name the media type that the detail names.",
        "Accept: application/json"),
    "conflict": Page(
        409, "Conflict with the present state",
        "Something changed at the same moment, or something else is already in the way.",
        "Read the thing again and repeat the call if it still makes sense.",
        "Two people change one draft in the same second."),
    "not-a-draft": Page(
        409, "No longer a draft",
        "What was submitted is an immutable record; its content, files and number stay.",
        "Answer an open question, withdraw, or file a new request that names this one.",
        "PATCH on a request whose status is received."),
    "scan-pending": Page(
        409, "Not scanned yet",
        "The malware scanner has not judged the file; until then it is listed but not handed out.",
        "Wait as long as Retry-After says; `scan` tells when it is done.",
        '{"scan": "pending"}'),
    "too-many-files": Page(
        409, "As many files as a request may have",
        "The request holds the published number of files already.",
        "GET /v1/program/limits names the number; take out what is superseded, or merge files.",
        '{"files_per_request": 200}'),
    "endpoint-disabled": Page(
        409, "The endpoint is disabled",
        "Nothing is sent to an endpoint while it is disabled, by its owner or after failing for five days.",
        "Enable it, then test it and recover what it missed.",
        'PATCH /v1/webhook-endpoints/{id} {"status": "active"}'),
    "too-many-endpoints": Page(
        409, "As many endpoints as an owner may have",
        "The owner has the published number of endpoints already.",
        "Change or delete one of them; GET /v1/program/limits names the number.",
        '{"webhooks": {"endpoints": 20}}'),
    "no-such-transition": Page(
        409, "Transition not open",
        "The workflow has no such step from the present state.",
        "GET …/actions lists what you may do now, and why each other action is blocked.",
        '{"name": "withdraw", …} on a request that is already withdrawn'),
    "last-signer": Page(
        409, "The last signer stays",
        "Without a signer nobody could submit, withdraw or manage the applicant.",
        "Make another member signer first, then take this one off.",
        'PATCH …/members/{person_id} {"role": "signer"}'),
    "still-running": Page(
        409, "Same key still running",
        "A call with this Idempotency-Key has not ended yet.",
        "Wait as long as Retry-After says and send the same call again.",
        "Retry-After: 1"),
    "precondition-failed": Page(
        412, "Changed since you read it",
        "The ETag in If-Match is not that of the present version.",
        "Read it again, merge, and send the new ETag; current_etag names it.",
        'If-Match: "d-4"'),
    "too-large": Page(
        413, "Larger than the limit",
        "The body or file is larger than the published limit.",
        "GET /v1/program/limits names each limit.",
        "A 2 GB upload where 100 MB are allowed."),
    "unsupported-media-type": Page(
        415, "Media type not taken",
        "The Content-Type is not one this operation takes.",
        "Send the media type that the detail names.",
        "Content-Type: application/json"),
    "invalid": Page(
        422, "Members that cannot be accepted",
        "At least one member or parameter is missing, unknown, of the wrong type or out of bounds.",
        "errors[] names each by JSON Pointer with the rule it broke; mend all of them and send again.",
        '{"errors": [{"pointer": "/content/method/name", "rule": "string_type", "detail": "…"}]}'),
    "not-ready": Page(
        422, "Not ready to be submitted",
        "The readiness report has findings that block: of law, of files, or of the program and not acknowledged.",
        "Mend them, or acknowledge each program rule with a reason in acknowledged_gaps; those of law must be mended.",
        '{"acknowledged_gaps": [{"rule": "SC-12", "reason": "Second donor runs end in March."}]}'),
    "file-infected": Page(
        403, "Malware was found in the file",
        "The scanner found malware; the file can be listed and removed from a draft, but not downloaded or submitted.",
        "Remove it and attach a clean copy.",
        '{"scan": "infected"}'),
    "file-missing": Page(
        410, "The file's bytes are not in storage",
        "The record is whole, but storage does not have the bytes it names; the program has been told.",
        "Attach the file again where the request still takes files; its SHA-256 is in the record.",
        '{"sha256": "9f86d0…"}'),
    "range-not-satisfiable": Page(
        416, "No such range of bytes",
        "The range begins after the last byte, or is not one range of bytes.",
        "Content-Range says how long the file is.",
        "Range: bytes=0-1023"),
    "file-refused": Page(
        422, "The file cannot be taken",
        "Its content is not what its name says, it cannot be opened, or it is of a kind that is not taken.",
        "GET /v1/program/limits lists the kinds; send the file itself, not a renamed one.",
        "report.pdf that begins with <html>"),
    "target-not-allowed": Page(
        422, "The service does not call this address",
        "A webhook's URL is https, on a published port, and everything its host resolves to is a public address.",
        "errors[].rule names the rule that was broken, never an address; give a URL that anyone could call.",
        '{"errors": [{"pointer": "/url", "rule": "not-public", "detail": "The target is not a public address."}]}'),
    "code-refused": Page(
        422, "Confirmation code not accepted",
        "The code is wrong, older than fifteen minutes, or was tried five times.",
        "Ask for a fresh one with POST /v1/me/confirmation-codes.",
        '{"code": "493817"}'),
    "idempotency-key-reused": Page(
        422, "Idempotency-Key used with another body",
        "The same key came before with a different body.",
        "Use a new key for a new act; repeat a key only with the same body.",
        "Idempotency-Key: 5f0c…"),
    "signing-locked": Page(
        423, "Signing locked",
        "Five signatures failed; signing is locked for fifteen minutes and its owner was told.",
        "Wait until the time in locked_until; change the password if it was not you.",
        '{"locked_until": "2026-12-01T15:04:05Z"}'),
    "precondition-required": Page(
        428, "If-Match needed",
        "A change must say which version it means, so that nobody overwrites another's work unseen.",
        "Send If-Match with the ETag of the last answer.",
        'If-Match: "d-3"'),
    "too-many-requests": Page(
        429, "Too many calls",
        "The caller's allowance for this minute is used up, or it has as many streams open as it may.",
        "Wait as long as Retry-After says; RateLimit tells what is left. End a stream before you open another.",
        "Retry-After: 3"),
    "fault": Page(
        500, "A fault on our side",
        "Something failed that should not; nothing was half-written.",
        "Repeat the call with the same Idempotency-Key; if it stays, give us the request_id.",
        '{"request_id": "9f2c…"}'),
    "unavailable": Page(
        503, "Not available now",
        "A part this call needs does not answer at the moment.",
        "Repeat the call after Retry-After.",
        "Retry-After: 2"),
    "refused": Page(
        400, "Refused",
        "The call cannot be carried out.",
        "Read detail; it says what is missing.",
        "—"),
}  # fmt: skip
router = APIRouter(route_class=Transacted)


def title_of(code: str) -> str:
    return PAGES[code].title


@router.get("/problems/{code}", operation_id="getProblemPage", summary="What a problem code means",
            tags=["about"], response_class=HTMLResponse)  # fmt: skip
async def get_problem_page(code: Annotated[str, Path(pattern=r"^[a-z-]{1,60}$")]) -> Response:
    page = PAGES.get(code)
    if page is None:
        raise NotFound
    rows = (("Cause", page.cause), ("Fix", page.fix), ("Example", page.example))
    body = "".join(f"<dt>{name}</dt><dd>{escape(words)}</dd>" for name, words in rows)
    return HTMLResponse(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(page.title)}</title>'
        f"<h1>{escape(page.title)}</h1><p>Code <code>{escape(code)}</code>, status {page.status}</p><dl>{body}</dl>"
        "</html>"
    )

"""What every call is looked at for before its endpoint: its query, its conditional headers, its media type."""

from collections import Counter

from fastapi import Request

from app.domain.errors import Flaw, Invalid, UnsupportedMediaType

# as `deps` describes them; checked before an answer is repeated from the store
LONGEST_TAGS = {"if-match": 300, "if-none-match": 1000}
PLAIN, MERGE_PATCH = "application/json", "application/merge-patch+json"


def check_query(request: Request, known: frozenset[str]) -> None:
    if not request.scope["query_string"]:
        return
    strangers = [name for name in request.query_params if name not in known]
    if strangers:
        allowed = ", ".join(sorted(known)) or "none"
        raise Invalid(flaws=[Flaw("/query", "unknown-parameter", f"Query parameters here: {allowed}.")])
    given = Counter(name for name, _ in request.query_params.multi_items())
    twice = [Flaw(f"/query/{name}", "given-twice", "Give it once.") for name in given if given[name] > 1]
    if twice:
        raise Invalid(flaws=twice)


def check_lengths(request: Request) -> None:
    """Raises Invalid for a conditional header longer than the description allows."""
    flaws = [
        Flaw(f"/header/{name}", "string-too-long", f"at most {most} characters")
        for name, most in LONGEST_TAGS.items()
        if len(request.headers.get(name, "")) > most
    ]
    if flaws:
        raise Invalid(flaws=flaws)


def check_content_type(request: Request, media: str) -> None:
    """A body must say it is what the operation takes; an absent body is for the payload's own check."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        headers = {"Accept-Encoding": "identity"}  # RFC 9110, 15.5.16
        raise UnsupportedMediaType("A body is sent as it is, without a content coding.", headers=headers)
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = request.headers.get("content-length")
    if sent == media or (media == PLAIN and _is_json(request.method, sent)):
        return
    if not sent and length in (None, "0") and "transfer-encoding" not in request.headers:
        return
    if request.method == "PATCH":
        headers = {"Accept-Patch": f"{MERGE_PATCH}, {PLAIN}"}  # RFC 5789, 2.2
        raise UnsupportedMediaType(f"This operation takes {MERGE_PATCH}.", headers=headers)
    raise UnsupportedMediaType(f"This operation takes {media}.")


def _is_json(method: str, sent: str) -> bool:
    """Any form of JSON, but for a patch, of which the media type says what it means."""
    return sent == MERGE_PATCH if method == "PATCH" else sent.endswith("+json")

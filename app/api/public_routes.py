"""Which routes need no credential, and why; every other route names its caller, and tests hold the code to it."""

from typing import Final

PUBLIC: Final[dict[str, str]] = {
    "GET /healthz": "probes hold no key",
    "GET /readyz": "probes hold no key",
    "GET /metrics": "open on loopback; elsewhere it takes the metrics key",
    "GET /openapi.json": "the description comes before the first key",
    "GET /docs": "the description comes before the first key",
    "GET /problems/{code}": "a problem's type must resolve for whoever got it",
    "GET /v1/event-types": "published: a receiver is written before its first key",
    "GET /v1/event-types/{type}": "published: a receiver is written before its first key",
    "GET /v1/keys": "receipts and webhooks are verified by anyone who holds one",
    "GET /v1/program/limits": "published",
    "GET /v1/program/policy": "published",
    "GET /v1/program/requirements": "published: what a scenario needs is no secret",
    "GET /v1/program/rule-packs": "published: the rules are no secret",
    "GET /v1/program/rule-packs/{version}": "published: the rules are no secret",
    "GET /v1/program/workflows": "published",
    "GET /v1/program/workflows/{name}": "published",
    "GET /v1/public/designations": "only what its holder agreed to publish",
    "GET /v1/unsubscriptions/{token}": "the token from the letter is the proof",
    "POST /v1/unsubscriptions/{token}": "the token from the letter is the proof, and one click must do (RFC 8058)",
    "POST /v1/registrations": "a newcomer has no key yet",
    "POST /v1/registrations/{id}/confirmations": "the code from the mail is the proof",
}


def published() -> list[dict[str, str]]:
    return [
        dict(zip(("method", "path", "why"), (*route.split(" "), why), strict=True))
        for route, why in PUBLIC.items()
    ]

"""What an operation can answer with, worked out from what it takes: every problem, every header, 304."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from app.api.answers import PROBLEM
from app.api.envelope import UNLIMITED
from app.api.payloads import Problem
from app.api.problem_pages import PAGES
from app.domain import errors

Tree = dict[str, Any]
SUCCESS_ENDS: Final = 300
SERVER_FAULTS: Final = 500
# What the example of each problem of status 422 names.
FLAWS: Final = {
    "invalid": ("/content/title", "string-type", "should be a text"),
    "not-ready": ("/content/method/novelty", "RC-03", "Nothing is said about what is novel."),
    "target-not-allowed": ("/url", "scheme", "Only https:// URLs are called."),
    "file-refused": ("/file", "file-refused", "The file is empty."),
    "code-refused": ("/code", "code-refused", errors.CodeRefused.sentence),
    "idempotency-key-reused": (
        "/header/Idempotency-Key", "idempotency-key-reused", errors.KeyReused.sentence,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Traits:
    """What of an operation decides how it can be refused."""

    method: str
    path: str
    is_public: bool
    is_transacted: bool
    takes_body: bool
    takes_signature: bool
    takes_cursor: bool
    names_something: bool
    takes_if_match: bool
    needs_if_match: bool

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def answers_conditionally(self) -> bool:
        return self.method == "GET" and self.is_transacted

    def problems(self) -> set[int]:
        """The statuses of every problem the operation can answer with."""
        possible = {
            400: self.takes_body,
            401: not self.is_public,
            403: not self.is_public,
            404: self.names_something,
            406: self.is_transacted,
            409: self.writes,
            412: self.takes_if_match,
            413: self.takes_body,
            415: self.takes_body,
            422: self.is_transacted,
            423: self.takes_signature,
            428: self.needs_if_match,
            429: self.path not in UNLIMITED,
            500: True,
            503: True,
        }
        return {status for status, can in possible.items() if can}


def _header(description: str, schema: Tree) -> Tree:
    return {"description": description, "schema": schema}


TEXT: Final = {"type": "string", "maxLength": 4000}
HEADERS: Final = {
    "X-Request-Id": _header(
        "The id the caller sent, or a new one; a problem names it too.",
        {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    ),
    "RateLimit-Policy": _header("The allowance and its window in seconds.", TEXT),
    "RateLimit": _header("What is left of the allowance.", TEXT),
    "ETag": _header("The version your audience sees; for If-Match and If-None-Match.", TEXT),
    "Location": _header("Address of what was made, where it has one of its own.", TEXT),
    "Link": _header("The next page (RFC 8288), where there is one.", TEXT),
    "Retry-After": _header("Seconds to wait.", {"type": "integer", "minimum": 0}),
    "Idempotency-Replayed": _header(
        "There where the answer is that of an earlier call with the same Idempotency-Key.", {"const": "true"}
    ),
    "WWW-Authenticate": _header("The challenge.", TEXT),
}
ALWAYS: Final = ("X-Request-Id", "RateLimit-Policy", "RateLimit")
WITH_PROBLEM: Final = {
    401: ("WWW-Authenticate",),
    409: ("Retry-After",),
    412: ("ETag",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}


def of(existing: Tree, traits: Traits) -> Tree:
    """The answers of an operation: the framework's successes, and a reference for every problem."""
    answers = {
        status: _success(int(status), answer, traits)
        for status, answer in existing.items()
        if int(status) < SUCCESS_ENDS
    }
    declared = {int(status) for status in existing if int(status) > SUCCESS_ENDS}
    if traits.answers_conditionally:
        answers["304"] = {"description": "What you hold is current.", "headers": _references("ETag", *ALWAYS)}
    for status in sorted(traits.problems() | declared - {304}):
        answers[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    return dict(sorted(answers.items()))


def _success(status: int, answer: Tree, traits: Traits) -> Tree:
    names = list(ALWAYS)
    if traits.answers_conditionally or traits.takes_if_match or status == 201:
        names.append("ETag")
    if status == 201:
        names.append("Location")
    if traits.takes_cursor:
        names.append("Link")
    if traits.method == "POST":
        names.append("Idempotency-Replayed")
    content = {
        media: kind or {"schema": {"type": "string"}} for media, kind in answer.get("content", {}).items()
    }
    described = {**answer, "headers": _references(*names)}
    return {**described, "content": content} if content else described


def _references(*names: str) -> Tree:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def problem_responses() -> Tree:
    """One response per status, with an example for each of its codes."""
    by_status = sorted(PAGES.items(), key=lambda each: each[1].status)
    return {
        f"Problem{status}": _problem_response(status, [code for code, _ in pages])
        for status, pages in groupby(by_status, key=lambda each: each[1].status)
        if status != 405  # an operation that exists cannot answer with it
    }


def _problem_response(status: int, codes: list[str]) -> Tree:
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {code: {"summary": PAGES[code].title, "value": _example(code)} for code in codes},
    }
    return {
        "description": "; or: ".join(PAGES[code].title for code in codes) + ".",
        "headers": _references(*ALWAYS, *WITH_PROBLEM.get(status, ())),
        "content": {PROBLEM: content},
    }


def _example(code: str) -> Tree:
    page = PAGES[code]
    example: Tree = {
        "type": f"/problems/{code}",
        "title": page.title,
        "status": page.status,
        "detail": page.cause,
        "instance": "/v1/designation-requests/AMT-2026-00017",
        "code": code,
        "request_id": "5f0c1a7be2d94c61a3b80f27",
    }
    if code in FLAWS:
        pointer, rule, detail = FLAWS[code]
        example["errors"] = [{"pointer": pointer, "rule": rule, "detail": detail}]
    return example


def problem_schemas() -> Tree:
    """The schema of problem details, and what it refers to."""
    template = "#/components/schemas/{model}"
    schemas: Tree = models_json_schema([(Problem, "serialization")], ref_template=template)[1]["$defs"]
    return schemas

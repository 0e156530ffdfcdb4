"""The OpenAPI document: what the framework derives from the routes, completed by what is true of every route.

Nobody writes answers by hand: which problems an operation can answer with follows from what it takes.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, get_args

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.api import described_answers, request_examples
from app.api.callers import asks_for
from app.api.deps import IfMatch
from app.api.described_answers import Traits
from app.api.public_routes import PUBLIC
from app.api.work import KEY_PATTERN, Transacted
from app.domain import published

TAGS: Final = {
    "registration": "From nothing to a first draft in minutes.",
    "applicants": "Those on whose behalf requests are filed: members, keys, mandates, methods.",
    "me": "The caller.",
    "staff": "The people of the program.",
    "designation requests": "Drafts, their versions, and the list of requests.",
    "attachments": "Files of a request, streamed and hashed.",
    "readiness": "What the rules say of a content, and what a scenario needs.",
    "workflow": "What can be done with a request now, and doing it.",
    "review": "Questions and their answers, the decision and its letter.",
    "desk": "What the program does around a request, which no applicant sees: who works on it, and what they found.",
    "designations": "What was granted: who holds it, who may rely on it, what cites it, and how it ends.",
    "records": "Receipt, journal, timeline and clock of a request.",
    "engagements": "Contacts with ETP (CDER), CATT (CBER) or both before any filing; no filing needs one.",
    "mailbox": "Mailboxes of applicants, people and desks: threads, messages, receipts, broadcasts.",
    "webhooks": "Where events are sent, how each delivery went, and sending again.",
    "program": "What the program's administrators keep in order.",
    "events": "What happened, in order: read by cursor or as a stream.",
    "about": "The service about itself.",
    "test clock": "Time that a call moves, never in production.",
}
DESCRIPTION: Final = (
    "Drafts, readiness, submission and records of designation requests. Every answer that is not a success "
    "is problem details (RFC 9457); `type` is the address of a page on its code. Unknown members and unknown "
    "query parameters are refused. Figures keep the digits they were sent with. Where there is GET, there is "
    "HEAD."
)
BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API key (`amtdp_…`), or an access token of the configured OpenID issuer.",
}
IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeats the stored answer instead of the act; bare or quoted.",
    "schema": {"type": "string", "maxLength": 257, "pattern": KEY_PATTERN},
}
IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETags already held; 304 when one is current.",
    "schema": {"type": "string", "maxLength": 1000},
}
SCHEMAS: Final = "#/components/schemas/"
SIGNING: Final = frozenset({"SignatureIn", "StepUpIn"})  # bodies that prove a password
NEEDS_IF_MATCH: Final = get_args(IfMatch)[1].dependency
Tree = dict[str, Any]


class Described(FastAPI):
    """An application whose description is complete; made at the first request for it, then kept, as is its text."""

    _text: bytes | None = None

    def openapi(self) -> Tree:
        if self.openapi_schema is None:
            self.openapi_schema = completed(super().openapi(), self)
        return self.openapi_schema

    def description_text(self) -> bytes:
        if self._text is None:
            self._text = json.dumps(self.openapi(), ensure_ascii=False, separators=(",", ":")).encode()
        return self._text


def completed(document: Tree, app: FastAPI) -> Tree:
    """The framework's document with our problems, security, headers, examples and content schema in it."""
    document["info"]["description"] = DESCRIPTION
    document["servers"] = [{"url": "/"}]
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _place_content(schemas)
    used: set[str] = set()
    for route, operation in _operations(document, app):
        traits = _traits(route, operation, document)
        _describe_parameters(operation, traits)
        request_examples.place(operation)
        operation["security"] = [] if traits.is_public else [{"bearer": []}]
        operation["responses"] = described_answers.of(operation["responses"], traits)
        used.update(operation.get("tags", ()))
    document["tags"] = [{"name": name, "description": words} for name, words in TAGS.items() if name in used]
    document["components"] |= {
        "securitySchemes": {"bearer": BEARER},
        "headers": described_answers.HEADERS,
        "responses": described_answers.problem_responses(),
    }
    schemas |= described_answers.problem_schemas()
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _operations(document: Tree, app: FastAPI) -> Iterator[tuple[APIRoute, Tree]]:
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in sorted(route.methods or ()):
                yield route, document["paths"][route.path_format][method.lower()]


def _traits(route: APIRoute, operation: Tree, document: Tree) -> Traits:
    method = next(iter(route.methods or ()))
    parameters = {(each["in"], each["name"].lower()) for each in operation.get("parameters", [])}
    body = operation.get("requestBody", {})
    return Traits(
        method=method,
        path=route.path_format,
        is_public=f"{method} {route.path_format}" in PUBLIC,
        is_transacted=isinstance(route, Transacted),
        takes_body=bool(body),
        takes_signature=bool(SIGNING & reached(body, document)),
        takes_cursor=not parameters.isdisjoint({("query", "cursor"), ("query", "after")}),
        names_something=any(place == "path" for place, _ in parameters),
        takes_if_match=("header", "if-match") in parameters,
        needs_if_match=asks_for(route.dependant, NEEDS_IF_MATCH),
    )


def reached(part: Any, document: Tree) -> frozenset[str]:
    """The names of the schemas that a part of the document refers to, directly or through others."""
    schemas = document["components"]["schemas"]
    found: set[str] = set()
    todo = [part]
    while todo:
        each = todo.pop()
        if isinstance(each, dict):
            name = str(each.get("$ref", "")).removeprefix(SCHEMAS)
            if name in schemas and name not in found:
                found.add(name)
                todo.append(schemas[name])
            todo += each.values()
        elif isinstance(each, list):
            todo += each
    return frozenset(found)


def _describe_parameters(operation: Tree, traits: Traits) -> None:
    parameters = operation.get("parameters", [])
    for each in parameters:
        each["schema"] = _without_null(each["schema"])
        if each["name"] == "if-match":
            each["name"] = "If-Match"
            each["required"] = traits.needs_if_match
        if each["name"] == "if-none-match":
            each["name"] = "If-None-Match"
    if traits.method == "POST" and not any(each["name"] == "Idempotency-Key" for each in parameters):
        parameters.append(IDEMPOTENCY_KEY)
    if traits.answers_conditionally and not any(each["name"] == "If-None-Match" for each in parameters):
        parameters.append(IF_NONE_MATCH)
    if parameters:
        operation["parameters"] = parameters


def _without_null(schema: Tree) -> Tree:
    """A parameter is there or it is not: it has no null."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {name: member for name, member in schema.items() if name not in {"anyOf", "title"}}
    return {**rest, **kinds[0]}


def _place_content(schemas: Tree) -> None:
    """The content's own schema, as it is published, in place of what the framework makes of its models."""
    schemas |= published.components()
    if "EvidenceBody" in schemas:
        schemas["EvidenceBody"] = {"$ref": f"{SCHEMAS}EvidenceItem"}
    for holder in ("RequestOut", "VersionWhole"):
        schemas[holder]["properties"]["content"] = {"$ref": f"{SCHEMAS}Content"}
    schemas["EngagementOut"]["properties"]["content"] = {"$ref": f"{SCHEMAS}EngagementContent"}

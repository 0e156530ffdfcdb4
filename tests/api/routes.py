"""The routes as they are wired, and how to call each with things that exist, or do not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.api.callers import asks_for, caller_of
from app.api.public_routes import PUBLIC
from tests.designation_given import PATH as DESIGNATIONS
from tests.designation_given import granted
from tests.files import pdf
from tests.given import Given, Person
from tests.mail_in.given import arrive

REQUESTS = "/v1/designation-requests"
ENGAGEMENTS = "/v1/engagements"
EVIDENCE = {"key": "ev-1", "kind": "experiment", "title": "First runs"}
CONTENT = {"title": "Held by its applicant alone", "scalability": {"evidence": [EVIDENCE]}}
FILE = {"files": {"file": ("notes.txt", b"Plain notes.", "text/plain")}, "data": {"kind": "other"}}
# Not ids of one applicant's things: names that anyone may ask for, and a secret that only its letter holds.
SHARED = ("/problems/", "/v1/program/", "/v1/invitations/", "/v1/claims/")
# Where `id` is not an applicant's.
WEBHOOKS = {"/v1/webhook-endpoints": "endpoint_id", "/v1/webhook-deliveries": "delivery_id"}
MAILS = "/v1/incoming-mails"
NOT_OF_AN_APPLICANT = {**WEBHOOKS, MAILS: "mail_id"}
# Read of what was received, where a draft has nothing yet.
AFTER_RECEIPT = ("/receipt", "/waivers")
# Read of what was asked and decided.
AFTER_DECISION = re.compile(rf"{REQUESTS}/{{reference}}/(information-requests|decision)\b")
# What the program does around a request, once it is received: there for its staff alone.
INSIDE = re.compile(rf"{REQUESTS}/{{reference}}/(assignments|conflicts|consults|notes|assessments)\b")
CONSULTS = "/v1/consults"
# Of a designation, but not its holder's to see.
COUNSELS = "/counsel-sign-offs"


@dataclass(frozen=True)
class Walked:
    """One route and method."""

    method: str
    path: str
    route: APIRoute

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_public(self) -> bool:
        return self.name in PUBLIC

    @property
    def names_its_caller(self) -> bool:
        return asks_for(self.route.dependant, caller_of)

    @property
    def holds_ids(self) -> bool:
        return "{" in self.path and not self.path.startswith(SHARED) and not self.is_public


def walk(app: FastAPI) -> Iterator[Walked]:
    for route in app.routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield Walked(method, route.path, route)


@dataclass
class Holding:
    """An applicant with one of everything that an address can name, an admin, and staff at work on what it filed."""

    owner: Person
    admin: Person
    desk: Person
    consultant: Person
    counsel: Person
    draft: str
    filed: str
    decided: str
    named: dict[str, str]

    def holder(self, path: str) -> Person:
        if path.startswith(CONSULTS) or path.endswith("/opinions"):
            return self.consultant
        if INSIDE.match(path) or path.startswith(MAILS):
            return self.desk
        if path.endswith(COUNSELS):
            return self.counsel
        return self.admin if path.startswith("/v1/staff") else self.owner

    def ids(self, path: str) -> dict[str, str]:
        """What to put into the address, so that it names a thing of this holder's."""
        is_filed = path.endswith(AFTER_RECEIPT) or INSIDE.match(path)
        known = {**self.named, "reference": self.filed if is_filed else self.draft}
        if AFTER_DECISION.match(path):
            known["reference"] = self.decided
        if path.startswith(CONSULTS):
            known["aid"] = known["filed_aid"]
        if path.startswith("/v1/staff"):
            known["id"] = str(self.admin.id)
        if path.startswith("/v1/me"):
            known["key_id"] = known["own_key_id"]
        known["id"] = next(
            (known[name] for at, name in NOT_OF_AN_APPLICANT.items() if path.startswith(at)), known["id"]
        )
        return {name: known[name] for name in parameters(path)}


def parameters(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def absent(path: str) -> dict[str, str]:
    """The same address for nothing at all."""
    known = {"reference": "AMT-2026-99999", "engagement": "ENG-2026-99999", "n": "1", "key": "ev-1"}
    return {name: known.get(name, str(uuid4())) for name in parameters(path)}


async def holding(given: Given) -> Holding:
    owner = await given.member()
    admin, agent = await given.staff("admin"), await given.member()
    endpoint = await given.endpoint(owner)
    ready = (await given.ready_draft(owner))["number"]
    filed_aid = (await owner.post(f"{REQUESTS}/{ready}/attachments", **FILE)).json()["id"]
    assert (await given.move(owner, ready, "submit")).status_code == 200
    draft = (await given.draft(owner, CONTENT))["number"]
    decided = (await given.decided_after_questions(owner, await given.desk()))["number"]
    desk, consultant = await given.staff("coordinator", "reviewer"), await given.staff("consultant")
    colleague = await given.member("preparer", owner.applicant_id)
    engagement = (await given.engagement(owner))["number"]
    put = await owner.post(f"{ENGAGEMENTS}/{engagement}/proposal", files={"file": ("proposal.pdf", pdf())})
    assert put.status_code == 201, put.text
    at = f"/v1/applicants/{owner.applicant_id}"

    async def made(path: str, by: Person = owner, **sent: Any) -> str:
        answered = await by.post(path, **sent)
        assert answered.status_code == 201, answered.text
        return answered.json()["id"]

    assigned = {"person_id": str(desk.id), "part": "team"}
    asked = {
        "kind": "ett",
        "consultant_id": str(consultant.id),
        "question": "Would you rely on it?",
        "parts": ["/content/title"],
        "attachments": [filed_aid],
    }
    named = {
        "id": str(owner.applicant_id),
        "n": "1",
        "key": "ev-1",
        "engagement": engagement,
        "aid": await made(f"{REQUESTS}/{draft}/attachments", **FILE),
        "person_id": str(colleague.id),
        "invitation_id": await made(
            f"{at}/members", json={"email": "cy@northfield.example", "role": "preparer"}
        ),
        "mandate_id": await made(f"{at}/mandates", json={"agent": str(agent.applicant_id), "scope": "read"}),
        "method_id": await made(f"{at}/methods", json={"name": "Loop-controlled compression"}),
        "own_key_id": await made("/v1/me/api-keys", json={"label": "laptop", "scopes": ["requests:read"]}),
        "key_id": await made(f"{at}/api-keys", json={"label": "dashboard", "scopes": ["requests:read"]}),
        "endpoint_id": endpoint["id"],
        "delivery_id": (await given.deliveries(owner, endpoint))[0]["id"],
        "assignment_id": await made(f"{REQUESTS}/{ready}/assignments", desk, json=assigned),
        "consult_id": await made(f"{REQUESTS}/{ready}/consults", desk, json=asked),
        "filed_aid": filed_aid,
        "mail_id": str((await arrive(given.runtime, b"Subject: from nobody\r\n\r\nHello")).id),
    }
    named |= await _thread(owner)
    named |= await _designation(given, owner, agent)
    counsel = await given.staff("counsel")
    return Holding(owner, admin, desk, consultant, counsel, draft, ready, decided, named)


async def _thread(owner: Person) -> dict[str, str]:
    """A thread of its own, in its mailbox."""
    mailbox = str(owner.applicant_id)
    body = {"subject": "A question", "text": "Do pilot runs count?"}
    begun = await owner.post(f"/v1/mailboxes/{mailbox}/threads", json=body)
    assert begun.status_code == 201, begun.text
    thread = begun.json()
    return {"mailbox": mailbox, "thread": thread["id"], "message": thread["items"][0]["id"]}


async def _designation(given: Given, owner: Person, other: Person) -> dict[str, str]:
    """One with everything that an address can name within it."""
    number = await granted(given, owner)
    application = {"kind": "BLA", "number": "BLA125001"}
    covered = {"items_covered": [{"what": "Report", "dated": "2026-01-15"}]}
    bodies = {
        "authorization": {"person": {"name": "Ellery"}, "application": application, **covered},
        "citation": {"application": application, "cited_on": "2026-06-01"},
        "transfer": {"to": str(other.applicant_id), "signature": given.signature(owner)},
    }
    named = {"designation": number}
    for name, body in bodies.items():
        made = await owner.post(f"{DESIGNATIONS}/{number}/{name}s", json=body)
        assert made.status_code == 201, made.text
        named[f"{name}_id"] = made.json()["id"]
    return named


def sendable(document: dict[str, Any], walked: Walked) -> dict[str, Any]:
    """A call that is valid in all but its address: body, required parameters, If-Match."""
    operation = document["paths"][walked.path][walked.method.lower()]
    sent: dict[str, Any] = {"headers": {"If-Match": "*"}, "params": {}}
    for each in operation.get("parameters", ()):
        if each["in"] == "query" and each["required"]:
            schema = each["schema"]
            sent["params"][each["name"]] = str(schema.get("minimum", schema.get("enum", ["x"])[0]))
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        sent["json"] = _first_example(document, content["application/json"])
        if walked.path.endswith("/evidence/{key}"):
            sent["json"] = EVIDENCE
        if walked.path.endswith("/transitions"):  # a preview needs no signature
            name = "end_by_holder" if walked.path.startswith(DESIGNATIONS) else "withdraw"
            sent["json"], sent["params"] = {"name": name}, {"preview": "true"}
    if "multipart/form-data" in content:
        sent |= FILE
    return sent


def _first_example(document: dict[str, Any], kind: dict[str, Any]) -> Any:
    if "examples" in kind:
        return next(iter(kind["examples"].values()))["value"]
    schema = kind["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema["examples"][0]

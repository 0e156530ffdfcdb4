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
from tests.given import Given, Person

EVIDENCE = {"key": "ev-1", "kind": "experiment", "title": "First runs"}
CONTENT = {"title": "Held by its applicant alone", "scalability": {"evidence": [EVIDENCE]}}
FILE = {"files": {"file": ("notes.txt", b"Plain notes.", "text/plain")}, "data": {"kind": "other"}}
# Not of one applicant: anyone, or anyone with a key, may ask for these by name.
SHARED = ("/problems/", "/v1/program/")


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
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def holds_ids(self) -> bool:
        return bool(self.parameters) and not self.path.startswith(SHARED) and not self.is_public


def walk(app: FastAPI) -> Iterator[Walked]:
    for route in app.routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield Walked(method, route.path, route)


@dataclass
class Holding:
    """An applicant with one of everything that an address can name."""

    owner: Person
    draft: dict[str, Any]
    filed: dict[str, Any]
    file: str = ""

    def ids(self, path: str) -> dict[str, str]:
        """What to put into the address, so that it names a thing of this applicant."""
        number = (self.filed if path.endswith(("/receipt", "/waivers")) else self.draft)["number"]
        known = {"reference": number, "n": "1", "key": "ev-1", "aid": self.file}
        if path.startswith("/v1/applicants"):
            known["id"] = str(self.owner.applicant_id)
        return {name: known[name] for name in re.findall(r"{(\w+)}", path)}


def absent(path: str) -> dict[str, str]:
    """The same address for nothing at all."""
    known = {"reference": "AMT-2026-99999", "n": "1", "key": "ev-1"}
    return {name: known.get(name, str(uuid4())) for name in re.findall(r"{(\w+)}", path)}


async def holding(given: Given) -> Holding:
    owner = await given.member()
    filed = await given.submitted(owner)
    draft = await given.draft(owner, CONTENT)
    attached = await owner.post(f"/v1/designation-requests/{draft['number']}/attachments", **FILE)
    assert attached.status_code == 201, attached.text
    return Holding(owner, draft, filed, attached.json()["id"])


def sendable(document: dict[str, Any], walked: Walked) -> dict[str, Any]:
    """A call that is valid in all but its address: body, required parameters, If-Match."""
    operation = document["paths"][walked.path][walked.method.lower()]
    sent: dict[str, Any] = {"headers": {"If-Match": "*"}, "params": {}}
    for each in operation.get("parameters", ()):
        if each["in"] == "query" and each["required"]:
            sent["params"][each["name"]] = str(
                each["schema"].get("minimum", each["schema"].get("enum", ["x"])[0])
            )
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        sent["json"] = _first_example(document, content["application/json"])
        if walked.path.endswith("/evidence/{key}"):
            sent["json"] = EVIDENCE
        if walked.path.endswith("/transitions"):  # a preview needs no signature
            sent["json"], sent["params"] = {"name": "submit"}, {"preview": "true"}
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

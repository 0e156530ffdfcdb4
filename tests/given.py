"""Builders: people, keys and requests in a given state, reached the way the service reaches it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2

from app.api.runtime import Runtime
from app.domain import api_keys as key_text
from app.domain import exact_json, signatures
from app.domain.identity import new_id
from app.domain.lifecycle import TRANSITIONS
from app.domain.policy import Scope
from app.services import access
from app.store.api_keys import api_keys
from app.store.applicants import applicants, members
from app.store.people import people
from tests.domain.rules import given_content

PASSWORD = "correct horse battery staple"


@dataclass
class Person:
    """Someone who can call the service."""

    id: UUID
    name: str
    email: str
    key: str
    key_id: UUID
    client: httpx2.AsyncClient
    applicant_id: UUID | None = None

    async def call(self, method: str, path: str, **sent: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.key}", **sent.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **sent)

    async def get(self, path: str, **sent: Any) -> httpx2.Response:
        return await self.call("GET", path, **sent)

    async def post(self, path: str, **sent: Any) -> httpx2.Response:
        return await self.call("POST", path, **sent)

    async def patch(self, path: str, **sent: Any) -> httpx2.Response:
        return await self.call("PATCH", path, **sent)

    async def put(self, path: str, **sent: Any) -> httpx2.Response:
        return await self.call("PUT", path, **sent)

    async def delete(self, path: str, **sent: Any) -> httpx2.Response:
        return await self.call("DELETE", path, **sent)


def sound_content() -> dict[str, Any]:
    """A content in which no rule finds anything, and which names no file."""
    return given_content.changed(
        given_content.adequate(), {"scalability/evidence/0/files": given_content.GONE}
    )


class Given:
    def __init__(self, runtime: Runtime, client: httpx2.AsyncClient) -> None:
        self.runtime = runtime
        self.client = client
        self._made = 0

    async def applicant(self, type: str = "technology_developer", name: str | None = None) -> UUID:
        self._made += 1
        applicant_id, now = new_id(), self.runtime.now()
        async with self.runtime.database.writing() as db:
            await db.execute(
                applicants.insert(),
                {
                    "id": applicant_id,
                    "name": name or f"Applicant {self._made}",
                    "type": type,
                    "country": "US",
                    "created_at": now,
                    "updated_at": now,
                },
            )
        return applicant_id

    async def member(
        self,
        role: str = "signer",
        applicant_id: UUID | None = None,
        *,
        confirmed: bool = True,
        scopes: str | None = None,
    ) -> Person:
        applicant_id = applicant_id or await self.applicant()
        person = await self._person("member", f"Member {self._made}", confirmed=confirmed, scopes=scopes)
        async with self.runtime.database.writing() as db:
            row = {
                "applicant_id": applicant_id,
                "person_id": person.id,
                "role": role,
                "created_at": self.runtime.now(),
            }
            await db.execute(members.insert(), row)
        person.applicant_id = applicant_id
        return person

    async def staff(self, *roles: str, center: str | None = None) -> Person:
        return await self._person("staff", f"Staff {self._made}", roles=" ".join(roles), center=center)

    async def _person(
        self,
        kind: str,
        name: str,
        *,
        confirmed: bool = True,
        roles: str = "",
        center: str | None = None,
        scopes: str | None = None,
    ) -> Person:
        self._made += 1
        person_id, key_id, key, now = new_id(), new_id(), key_text.new(), self.runtime.now()
        email = f"person-{person_id}@{kind}.example"
        async with self.runtime.database.writing() as db:
            await db.execute(
                people.insert(),
                {
                    "id": person_id,
                    "kind": kind,
                    "name": name,
                    "email": email,
                    "email_key": email,
                    "email_confirmed_at": now if confirmed else None,
                    "staff_roles": roles,
                    "center": center,
                    "created_at": now,
                },
            )
            await db.execute(
                api_keys.insert(),
                {
                    "id": key_id,
                    "lookup": key.lookup,
                    "digest": access.digest_of(self.runtime.keyring, key),
                    "person_id": person_id,
                    "scopes": scopes or " ".join(Scope),
                    "created_at": now,
                },
            )
        return Person(person_id, name, email, key.text, key_id, self.client)

    async def draft(self, person: Person, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """An open draft: the answer's body, with its tag as `etag`."""
        answered = await person.post(
            "/v1/designation-requests", json={"content": content or {"title": "A draft"}}
        )
        assert answered.status_code == 201, answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

    def signature(self, person: Person, meaning: str = "authorship") -> dict[str, str]:
        """A signature by step-up token, as a client that has just asked for the password would send it."""
        token, _ = signatures.step_up_token(
            self.runtime.keyring, person.id, person.key_id, self.runtime.now()
        )
        return {"printed_name": person.name, "meaning": meaning, "step_up": token}

    async def ready_draft(self, person: Person) -> dict[str, Any]:
        """A draft in which no rule finds anything."""
        raw = exact_json.encode({"content": sound_content()})
        answered = await person.post(
            "/v1/designation-requests", content=raw, headers={"Content-Type": "application/json"}
        )
        assert answered.status_code == 201, answered.text
        assert answered.json()["readiness"]["ready"], answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

    async def move(self, person: Person, number: str, name: str, **arguments: Any) -> httpx2.Response:
        """A transition, signed where it needs a signature."""
        if "signature" in TRANSITIONS[name].requires:
            arguments.setdefault("signature", self.signature(person))
        path = f"/v1/designation-requests/{number}/transitions"
        return await person.post(path, json={"name": name, **arguments})

    async def engagement(self, person: Person, **content: Any) -> dict[str, Any]:
        """A requested engagement: the answer's body, with its tag as `etag`."""
        asked = {
            "format": "CATT",
            "title": "Closed expansion of cells",
            "technology": {"summary": "Cells grow in a bed that nobody opens."},
            "questions": ["Would a rapid test at harvest do?"],
        }
        answered = await person.post("/v1/engagements", json={"content": {**asked, **content}})
        assert answered.status_code == 201, answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

    async def endpoint(self, person: Person, **more: Any) -> dict[str, Any]:
        """A webhook endpoint that hears everything: the answer's body, with its tag as `etag`."""
        body = {"url": "https://hooks.partner.example/in", "event_types": ["*"], **more}
        answered = await person.post("/v1/webhook-endpoints", json=body)
        assert answered.status_code == 201, answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

    async def deliveries(
        self, person: Person, endpoint: dict[str, Any], query: str = ""
    ) -> list[dict[str, Any]]:
        """An endpoint's delivery log, newest first."""
        answered = await person.get(f"/v1/webhook-endpoints/{endpoint['id']}/deliveries{query}")
        assert answered.status_code == 200, answered.text
        items: list[dict[str, Any]] = answered.json()["items"]
        return items

    async def submitted(self, person: Person) -> dict[str, Any]:
        """A request that has been received."""
        draft = await self.ready_draft(person)
        answered = await self.move(person, draft["number"], "submit")
        assert answered.status_code == 200, answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

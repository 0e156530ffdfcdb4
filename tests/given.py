"""Builders: people, keys and requests in a given state, reached the way the service reaches it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2

from app.api.runtime import Runtime
from app.domain import api_keys as key_text
from app.domain import exact_json, signatures
from app.domain.calendars import civil_date
from app.domain.identity import new_id
from app.domain.lifecycle import TRANSITIONS
from app.domain.policy import Scope
from app.services import access
from app.store.api_keys import api_keys
from app.store.applicants import applicants, members
from app.store.people import people
from app.wiring import worker_of
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


CRITERIA = ("novelty", "substantial_improvement", "quality", "context_of_use", "scalability")
CONTEXT = "Continuous direct compression of immediate-release tablets of stable small molecules."
FACTORS: dict[str, Any] = {
    "data_source": "model_drug",
    "comparator": "direct",
    "quality": "equivalent_shown",
    "improvement": ["time"],
    "scope_match": "matched",
    "novelty_basis": "new",
    "completeness": "complete",
    "prior_engagement": "none",
}
# The arguments of each decision, beside its signature.
DECISIONS: dict[str, dict[str, Any]] = {
    "designate": {"factors": FACTORS},
    "deny": {
        "factors": {**FACTORS, "quality": "not_shown"},
        "reasons": ["quality_not_shown"],
        "rationale": "The comparison does not bear the claim of equivalence.",
    },
}
MEANINGS = {"designate": "approval", "deny": "approval"}


@dataclass
class Desk:
    """Who reviews a request."""

    coordinator: Person
    lead: Person
    signatory: Person


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

    async def staff(self, *roles: str, center: str | None = None, scopes: str | None = None) -> Person:
        named = " ".join(roles)
        return await self._person("staff", f"Staff {self._made}", roles=named, center=center, scopes=scopes)

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
            meaning = MEANINGS.get(name, "authorship")
            arguments.setdefault("signature", self.signature(person, meaning))
        path = f"/v1/designation-requests/{number}/transitions"
        return await person.post(path, json={"name": name, **arguments})

    async def desk(self, *, center: str = "CBER") -> "Desk":
        """The people a review takes, one of each."""
        return Desk(
            await self.staff("coordinator"),
            await self.staff("reviewer", center=center),
            await self.staff("signatory"),
        )

    async def under_assessment(self, person: Person, desk: "Desk") -> dict[str, Any]:
        """A received request that was accepted, with its lead reviewer."""
        filed = await self.submitted(person)
        answered = await self.move(
            desk.coordinator,
            filed["number"],
            "accept",
            lead_center="CBER",
            lead_reviewer_id=str(desk.lead.id),
        )
        assert answered.status_code == 200, answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

    async def asked(
        self, person: Person, desk: "Desk", opens: Sequence[str] = ("/content/scalability",), days: int = 14
    ) -> dict[str, Any]:
        """A request with two questions open, the first of which opens these parts of the content."""
        request = await self.under_assessment(person, desk)
        questions = [
            {"text": "Which lots were run?", "opens": list(opens)},
            {"text": "Who made them?"},
        ]
        reply_by = civil_date(self.runtime.now()) + timedelta(days=days)
        answered = await self.move(
            desk.lead,
            request["number"],
            "request_information",
            reply_by=str(reply_by),
            questions=questions,
        )
        assert answered.status_code == 200, answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

    async def let_lapse(self, number: str) -> None:
        """Moves the clock past the reply date and lets the timer act, as a worker would."""
        self.runtime.now.move(days=1)
        await worker_of(self.runtime).drain()
        answered = await self.client.get("/healthz")
        assert answered.status_code == 200, number

    async def rated_under_assessment(self, person: Person, desk: "Desk") -> dict[str, Any]:
        """A request under assessment, ready for a recommendation."""
        request = await self.under_assessment(person, desk)
        await self.rated(desk, request["number"])
        return request

    async def rated(self, desk: "Desk", number: str) -> None:
        """An assessment of the lead reviewer in which every criterion is met."""
        answered = await self.try_to_rate(desk, number)
        assert answered.status_code == 201, answered.text

    async def try_to_rate(self, desk: "Desk", number: str) -> httpx2.Response:
        """The call of such an assessment, wherever the request is."""
        found = await desk.lead.get(f"/v1/designation-requests/{number}")
        items = found.json()["content"].get("scalability", {}).get("evidence", [])
        evidence = [items[0]["key"]] if items else []
        ratings = [
            {"criterion": each, "rating": "met", "rationale": "The data show it.", "evidence": evidence}
            for each in CRITERIA
        ]
        body = {"ratings": ratings, "recommendation": "designate"}
        return await desk.lead.post(f"/v1/designation-requests/{number}/assessments", json=body)

    async def recommended(
        self, person: Person, desk: "Desk", outcome: str = "designate", context: str = CONTEXT
    ) -> dict[str, Any]:
        """A request whose lead reviewer has recommended an outcome."""
        request = await self.under_assessment(person, desk)
        await self.rated(desk, request["number"])
        answered = await self.move(
            desk.lead, request["number"], "recommend", outcome=outcome, context_of_use=context
        )
        assert answered.status_code == 200, answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

    async def decided_after_questions(
        self, person: Person, desk: "Desk", name: str = "designate"
    ) -> dict[str, Any]:
        """The same, with a round of questions that was answered by an amended content."""
        number = (await self.asked(person, desk))["number"]
        answers = [{"question": 1, "text": "Three lots."}, {"question": 2, "text": "We did."}]
        content = {"scalability": {"no_gmp_because": "These are engineering runs."}}
        moves = (
            (person, "respond", {"answers": answers, "content": content}),
            (desk.lead, "recommend", {"outcome": name, "context_of_use": CONTEXT}),
            (desk.signatory, name, DECISIONS[name]),
        )
        for who, move, arguments in moves:
            if move == "recommend":
                await self.rated(desk, number)
            answered = await self.move(who, number, move, **arguments)
            assert answered.status_code == 200, answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

    async def decided(self, person: Person, desk: "Desk", name: str = "designate") -> dict[str, Any]:
        """A request that was designated or denied."""
        request = await self.recommended(person, desk, name)
        answered = await self.move(desk.signatory, request["number"], name, **DECISIONS[name])
        assert answered.status_code == 200, answered.text
        return {**answered.json(), "etag": answered.headers["etag"]}

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

"""The program's desk around a request, for tests: a request put into a state, and what staff does to it."""

from typing import Any

from app.domain.lifecycle import STATUS_OF, State
from app.store.requests import requests
from tests.given import Given, Person

PATH = "/v1/designation-requests"


async def put(given: Given, number: str, state: State, **columns: Any) -> None:
    """Puts the request into the state, without what a transition would tell and write."""
    values = {"state": state.value, "status": STATUS_OF[state].value, **columns}
    async with given.runtime.database.writing() as db:
        await db.execute(requests.update().where(requests.c.number == number).values(**values))


async def assign(by: Person, number: str, person: Person, part: str = "team", **more: Any) -> dict[str, Any]:
    """The assignment made, with its tag as `etag`."""
    body = {"person_id": str(person.id), "part": part, **more}
    answered = await by.post(f"{PATH}/{number}/assignments", json=body)
    assert answered.status_code == 201, answered.text
    return {**answered.json(), "etag": answered.headers["etag"]}


async def ask(by: Person, number: str, consultant: Person, **more: Any) -> dict[str, Any]:
    body = {
        "kind": "ett",
        "consultant_id": str(consultant.id),
        "question": "Would you rely on it?",
        "parts": ["/content/title"],
        **more,
    }
    answered = await by.post(f"{PATH}/{number}/consults", json=body)
    assert answered.status_code == 201, answered.text
    return answered.json()


def rating(criterion: str, rating: str = "met", evidence: tuple[str, ...] = ("ev-0",)) -> dict[str, Any]:
    return {"criterion": criterion, "rating": rating, "rationale": "Seen.", "evidence": list(evidence)}


async def assess(by: Person, number: str, *ratings: dict[str, Any], **more: Any) -> dict[str, Any]:
    answered = await by.post(f"{PATH}/{number}/assessments", json={"ratings": list(ratings), **more})
    assert answered.status_code == 201, answered.text
    return answered.json()


async def items(by: Person, path: str) -> list[dict[str, Any]]:
    answered = await by.get(path)
    assert answered.status_code == 200, answered.text
    found: list[dict[str, Any]] = answered.json()["items"]
    return found

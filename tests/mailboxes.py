"""Mailboxes for tests: what a person finds there, writes and marks."""

from typing import Any

from tests.given import Person

BOXES = "/v1/mailboxes"


async def boxes(person: Person) -> dict[str, dict[str, Any]]:
    answered = await person.get(BOXES)
    assert answered.status_code == 200, answered.text
    return {each["name"]: each for each in answered.json()["items"]}


async def listed(person: Person, mailbox: object, query: str = "") -> list[dict[str, Any]]:
    answered = await person.get(f"{BOXES}/{mailbox}/threads{query}")
    assert answered.status_code == 200, answered.text
    items: list[dict[str, Any]] = answered.json()["items"]
    return items


async def begin(person: Person, mailbox: object, **more: Any) -> dict[str, Any]:
    body = {"subject": "A question", "text": "Do pilot runs count?", **more}
    answered = await person.post(f"{BOXES}/{mailbox}/threads", json=body)
    assert answered.status_code == 201, answered.text
    thread: dict[str, Any] = answered.json()
    assert answered.headers["location"] == thread["url"]
    return thread


async def reply(
    person: Person, thread: dict[str, Any], text: str = "They do.", **more: Any
) -> dict[str, Any]:
    answered = await person.post(f"{thread['url']}/messages", json={"text": text, **more})
    assert answered.status_code == 201, answered.text
    message: dict[str, Any] = answered.json()
    return message


async def read(person: Person, thread: dict[str, Any]) -> dict[str, Any]:
    answered = await person.get(thread["url"])
    assert answered.status_code == 200, answered.text
    whole: dict[str, Any] = answered.json()
    return whole


async def mark(person: Person, path: str, state: str, **more: Any) -> dict[str, Any]:
    answered = await person.post(f"{path}/receipts", json={"state": state, **more})
    assert answered.status_code == 200, answered.text
    marked: dict[str, Any] = answered.json()
    return marked

"""What is said of a body that is wrong: each flaw once, in our words, at a pointer into what was sent."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from tests.api import routes
from tests.api.routes import FILE, REQUESTS, Walked
from tests.api.spoiling import leads_into, spoiled
from tests.given import Given

# Words of pydantic and of Python, and what shows of a bound that was not counted.
FOREIGN = ("Input", "dictionary", "valid ", "instance", "None", "Python", " 1 items", " 1 characters")
OF_A_BODY = ("application/json", "application/merge-patch+json")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is shown here is the edge's own; one database shows it."""
    return sqlite_url


def bodies(document: dict[str, Any], walked: Walked) -> list[Any]:
    """The examples of what it takes: of each choice, where there are several."""
    operation = document["paths"].get(walked.path, {}).get(walked.method.lower(), {})
    kinds = operation.get("requestBody", {}).get("content", {})
    found = [each for media in OF_A_BODY if media in kinds for each in _examples(document, kinds[media])]
    return list({json.dumps(each, sort_keys=True): each for each in found}.values())


def _examples(document: dict[str, Any], kind: dict[str, Any]) -> Iterator[Any]:
    yield from (each["value"] for each in kind.get("examples", {}).values())
    yield from _of_schema(document, kind["schema"])


def _of_schema(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[Any]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    yield from schema.get("examples", ())
    for each in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _of_schema(document, each)


def faults(body: Any, answered: httpx2.Response) -> list[str]:
    """What is wrong with what is said of a body."""
    said = answered.json().get("errors", [])
    # a finding on the content of a request names a place in that, which no transition sends
    ours = [each for each in said if each["rule"].islower()]
    places = Counter((each["pointer"], each["rule"]) for each in ours)
    return [
        *(f"{answered.status_code}" for _ in [0] if answered.status_code >= 500),
        *(f"{place} twice" for place, times in places.items() if times > 1),
        *(f"{each['pointer']} leads nowhere" for each in ours if not leads_into(body, each["pointer"])),
        *(each["detail"] for each in ours for word in FOREIGN if word in each["detail"]),
    ]


async def test_a_body_spoiled_in_one_place_has_each_flaw_told_once_in_our_words_where_it_is(
    given: Given, service: FastAPI, subtests: pytest.Subtests
):
    held, document = await routes.holding(given), service.openapi()
    tried = 0
    for walked in routes.walk(service):
        ids = held.ids if walked.holds_ids else routes.absent
        path = walked.path.format(**ids(walked.path))
        sent = {"headers": {"If-Match": "*"}, "params": {"preview": "true"}}
        if not walked.path.endswith("transitions"):
            sent["params"] = {}
        with subtests.test(walked.name):
            for body in (each for whole in bodies(document, walked) for each in spoiled(whole)):
                answered = await held.holder(walked.path).call(walked.method, path, json=body, **sent)
                assert not faults(body, answered), (body, answered.text)
                tried += answered.status_code == 422
    assert tried > 1000


@pytest.mark.parametrize("body", [[], "text", 7, True])
@pytest.mark.parametrize(
    "path", [REQUESTS, "/v1/readiness-checks", "/v1/webhook-endpoints", f"{REQUESTS}/{{}}/transitions"]
)
async def test_what_should_be_an_object_is_told_so(given: Given, path, body):
    person = await given.member()
    answered = await person.post(path.format((await given.draft(person))["number"]), json=body)
    assert answered.status_code == 422
    [flaw] = answered.json()["errors"]
    assert (flaw["pointer"], flaw["detail"]) == ("", "should be an object")


@pytest.mark.parametrize(
    ("scope", "pointer"), [("all", "/scope"), (None, "/scope"), ([], "/scope"), (["read", 7], "/scope")]
)
async def test_a_choice_fails_at_its_own_place(given: Given, scope, pointer):
    person, agent = await given.member(), await given.member()
    body = {"agent": str(agent.applicant_id), "scope": scope}
    answered = await person.post(f"/v1/applicants/{person.applicant_id}/mandates", json=body)
    assert [each["pointer"] for each in answered.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "spoiled_form",
    [{"files": FILE["files"]}, {"data": FILE["data"], "files": {"x": ("x", b"x")}},
     {**FILE, "data": {"kind": "no such kind"}}, {**FILE, "data": {"kind": "other", "stranger": "1"}}],
)  # fmt: skip
async def test_a_form_has_each_flaw_told_once(given: Given, spoiled_form):
    person = await given.member()
    path = f"{REQUESTS}/{(await given.draft(person))['number']}/attachments"
    answered = await person.post(path, **spoiled_form)
    assert answered.status_code == 422, answered.text
    said = [(each["pointer"], each["rule"]) for each in answered.json()["errors"]]
    assert said
    assert len(said) == len(set(said))
    told = [each["detail"] for each in answered.json()["errors"]]
    assert not [each for each in told for word in FOREIGN if word in each]

"""The description of the API: valid, complete by our own lints, and each lint able to fail."""

import copy
import json
import time
from pathlib import Path

import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from app.api.public_routes import PUBLIC
from app.domain.mailboxes import Desk
from app.main import create_app
from app.settings import Settings
from tests.api import description_lint
from tests.given import Given

PATH = "/v1/designation-requests"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("var")))


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict:
    return json.loads(json.dumps(app.openapi()))


def test_the_description_is_valid_openapi_3_1(document):
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_the_description_passes_every_lint_of_ours(document):
    assert description_lint.faults(document) == []


def test_the_description_is_made_once(app, document):
    began = time.process_time()
    for _ in range(100):
        app.openapi()
    assert app.openapi() is app.openapi()
    assert time.process_time() - began < 0.1


def test_the_description_needs_no_credential_and_names_the_public_routes(document):
    public = {
        f"{method.upper()} {path}"
        for path, method, operation in description_lint.operations(document)
        if operation["security"] == []
    }
    assert public == {route for route in PUBLIC if route.split()[1] not in {"/openapi.json", "/docs"}}


def _operation(document, path=PATH, method="post"):
    return document["paths"][path][method]


def _drop_summary(document):
    del _operation(document)["summary"]


def _share_an_operation_id(document):
    _operation(document)["operationId"] = _operation(document, method="get")["operationId"]


def _drop_a_problem(document):
    del _operation(document)["responses"]["409"]


def _answer_with_the_frameworks_problem(document):
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}}
    _operation(document)["responses"]["422"] = {"description": "Validation Error", "content": content}
    document["components"]["schemas"]["HTTPValidationError"] = {"type": "object"}


def _unbind_a_string(document):
    del document["components"]["schemas"]["Content"]["properties"]["title"]["maxLength"]
    del document["components"]["schemas"]["Content"]["properties"]["title"]["pattern"]


def _let_zero_bytes_in(document):
    document["components"]["schemas"]["Content"]["properties"]["title"]["pattern"] = "^.*$"


def _unbind_a_list(document):
    del document["components"]["schemas"]["Content"]["properties"]["sites"]["maxItems"]


def _drop_the_examples(document):
    del _operation(document)["requestBody"]["content"]["application/json"]["examples"]


def _spoil_an_example(document):
    examples = _operation(document)["requestBody"]["content"]["application/json"]["examples"]
    examples["a first line"]["value"]["content"]["title"] = 7


def _forget_a_schema(document):
    _operation(document)["responses"]["201"]["content"]["application/json"] = {}


def _describe_in_vain(document):
    document["components"]["schemas"]["Orphan"] = {"type": "object"}


MUTATIONS = [
    (_drop_summary, "operations_are_named"),
    (_share_an_operation_id, "operations_are_named"),
    (_drop_a_problem, "problems_are_complete"),
    (_answer_with_the_frameworks_problem, "problems_have_one_shape"),
    (_answer_with_the_frameworks_problem, "the_frameworks_own_problem_is_gone"),
    (_unbind_a_string, "request_strings_and_lists_are_bounded"),
    (_let_zero_bytes_in, "request_texts_refuse_control_characters"),
    (_unbind_a_list, "request_strings_and_lists_are_bounded"),
    (_drop_the_examples, "bodies_have_examples"),
    (_spoil_an_example, "examples_are_valid"),
    (_forget_a_schema, "successes_have_a_schema"),
    (_describe_in_vain, "nothing_is_described_in_vain"),
]


@pytest.mark.parametrize(("spoil", "lint"), MUTATIONS)
def test_each_lint_can_fail(document, spoil, lint):
    spoiled = copy.deepcopy(document)
    spoil(spoiled)
    assert any(fault.startswith(f"{lint}: ") for fault in description_lint.faults(spoiled))


def test_every_lint_is_shown_to_fail():
    assert {lint for _, lint in MUTATIONS} == {lint.__name__ for lint in description_lint.LINTS}


def test_the_validator_can_fail(document):
    spoiled = copy.deepcopy(document)
    del spoiled["info"]["title"]
    with pytest.raises(OpenAPIValidationError):
        validate(spoiled)


async def test_the_description_and_its_page_are_served(given: Given, document):
    served = await given.client.get("/openapi.json")
    assert served.json() == document
    assert (await given.client.get("/docs")).status_code == 200


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
async def test_the_description_is_served_as_strictly_as_anything_else(given: Given, path):
    tag = (await given.client.get(path)).headers["etag"]
    held = await given.client.get(path, headers={"If-None-Match": tag})
    assert (held.status_code, held.content) == (304, b"")
    assert (await given.client.get(path, params={"surprise": "1"})).status_code == 422
    assert (await given.client.get(path, headers={"Accept": "image/png"})).status_code == 406
    other = await given.client.post(path)
    assert (other.status_code, other.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_the_committed_description_is_the_one_the_code_gives(document):
    committed = Path("schemas/openapi.json").read_text()
    assert committed == json.dumps(document, indent=1, sort_keys=True) + "\n", (
        "amtdp schemas brings schemas/openapi.json up to date"
    )


async def test_requests_and_threads_are_described_with_every_member_that_either_side_is_shown(
    given: Given, document
):
    person, desk = await given.member(), await given.desk()
    number = (await given.under_assessment(person, desk))["number"]
    described = document["components"]["schemas"]
    inbox = f"/v1/mailboxes/{Desk.CBER.mailbox}/threads"
    for caller, path, name in (
        (person, f"{PATH}/{number}", "RequestOut"),
        (desk.lead, f"{PATH}/{number}", "RequestOut"),
        (person, f"/v1/mailboxes/{person.applicant_id}/threads", "ThreadLine"),
        (desk.lead, inbox, "ThreadLine"),
    ):
        shown = (await caller.get(path)).json()
        members = set(shown["items"][0] if "items" in shown else shown)
        assert members <= set(described[name]["properties"]), (name, caller.email)

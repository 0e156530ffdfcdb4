"""The catalogue over HTTP: public, whole, and each example valid by its own schema."""

import jsonschema_rs
import pytest

from app.domain import published
from app.domain.event_types import EVENT_TYPES

PATH = "/v1/event-types"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here comes from a database."""
    return sqlite_url


async def test_every_type_is_listed_with_where_its_schema_is(client):
    listed = (await client.get(PATH)).json()
    assert [each["name"] for each in listed["items"]] == list(EVENT_TYPES)
    assert listed["next_cursor"] is None
    for item in listed["items"]:
        assert item.keys() == {"name", "summary", "audiences", "schema_url"}
        shown = await client.get(item["schema_url"])
        assert item.items() <= shown.json().items()


async def test_a_type_comes_with_its_schema_and_an_example_that_passes_it(client):
    for name in EVENT_TYPES:
        shown = (await client.get(f"{PATH}/{name}")).json()
        assert shown["schema"] == published.event_schema(name)
        validator = jsonschema_rs.validator_for(shown["schema"], validate_formats=True)
        assert validator.is_valid(shown["example"])
        assert not validator.is_valid({**shown["example"], "type": "another"})


async def test_the_schema_can_be_had_alone(client):
    path = f"{PATH}/designation_request.submitted"
    alone = await client.get(path, headers={"Accept": "application/schema+json"})
    assert alone.headers["content-type"] == "application/schema+json"
    assert alone.json() == published.event_schema("designation_request.submitted")
    whole = await client.get(path)
    held = await client.get(path, headers={"If-None-Match": whole.headers["etag"]})
    assert held.status_code == 304
    assert alone.headers["etag"] != whole.headers["etag"]


@pytest.mark.parametrize(("name", "status"), [("designation.lost", 404), ("A", 422), ("x" * 81, 422)])
async def test_what_is_no_type_is_not_found(client, name, status):
    assert (await client.get(f"{PATH}/{name}")).status_code == status

"""Registered methods: what several requests of one applicant link to."""

import pytest

from tests.given import Given, Person
from tests.tables import snapshot

VERSIONS = [{"version": "1", "dated": "2024-03-01"}, {"version": "2", "change_impact": "New feeder."}]


def at(person: Person) -> str:
    return f"/v1/applicants/{person.applicant_id}/methods"


async def test_a_method_is_registered_once_and_named_by_several_requests(given: Given):
    preparer = await given.member("preparer")
    made = await preparer.post(at(preparer), json={"name": "Loop compression", "versions": VERSIONS})
    assert made.status_code == 201, made.text
    assert made.json()["versions"] == VERSIONS
    assert made.headers["location"] == f"{at(preparer)}/{made.json()['id']}"
    for title in ("One context of use", "Another"):
        content = {"title": title, "method": {"method_id": made.json()["id"]}}
        assert (await given.draft(preparer, content))["content"] == content


async def test_a_patch_replaces_what_it_names_and_needs_the_present_tag(given: Given):
    person = await given.member()
    made = await person.post(at(person), json={"name": "Loop compression", "versions": VERSIONS})
    path, tag = f"{at(person)}/{made.json()['id']}", made.headers["etag"]
    assert (await person.get(path)).headers["etag"] == tag
    assert (await person.patch(path, json={"name": "B"})).status_code == 428
    given.runtime.now.move(minutes=1)
    renamed = await person.patch(path, json={"name": "B"}, headers={"If-Match": tag})
    assert (renamed.json()["name"], renamed.json()["versions"]) == ("B", VERSIONS)
    assert (await person.patch(path, json={"name": "C"}, headers={"If-Match": tag})).status_code == 412
    emptied = await person.patch(path, json={"versions": None}, headers={"If-Match": renamed.headers["etag"]})
    assert (emptied.status_code, emptied.json()["versions"]) == (200, [])
    nameless = await person.patch(path, json={"name": None}, headers={"If-Match": "*"})
    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"]) == (422, "/name")
    assert (await person.get(path)).json() == emptied.json()


async def test_methods_are_for_members_alone(given: Given):
    owner, stranger = await given.member(), await given.member()
    reader = await given.member("preparer", owner.applicant_id, scopes="requests:read")
    staff = await given.staff("coordinator", "reviewer", "admin")
    made = (await owner.post(at(owner), json={"name": "Ours"})).json()
    assert (await reader.get(at(owner))).json()["items"] == [made]
    before = await snapshot(given.runtime.database)
    writes = (
        ("POST", at(owner), {"json": {"name": "Theirs"}}),
        ("PATCH", f"{at(owner)}/{made['id']}", {"json": {"name": "B"}, "headers": {"If-Match": "*"}}),
    )
    for method, path, sent in writes:
        assert (await reader.call(method, path, **sent)).status_code == 403
    for caller in (stranger, staff):
        for method, path, sent in (*writes, ("GET", at(owner), {}), ("GET", f"{at(owner)}/{made['id']}", {})):
            assert (await caller.call(method, path, **sent)).status_code == 404, (method, path)
    assert (await stranger.get(f"{at(stranger)}/{made['id']}")).status_code == 404
    assert await snapshot(given.runtime.database) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 301}, "/name"),
        ({"name": "A", "owner": "B"}, "/owner"),
        ({"name": "A", "versions": [{}]}, "/versions/0/version"),
        ({"name": "A", "versions": [{"version": "1", "dated": "2024-02-30"}]}, "/versions/0/dated"),
        ({"name": "A", "versions": [{"version": "1"}] * 101}, "/versions"),
    ],
)
async def test_what_is_no_method_is_refused_member_by_member(given: Given, body, pointer):
    person = await given.member()
    refused = await person.post(at(person), json=body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_methods_are_paged_in_the_order_they_were_registered(given: Given):
    person = await given.member()
    made = [(await person.post(at(person), json={"name": name})).json()["id"] for name in "ABC"]
    first = await person.get(f"{at(person)}?limit=2")
    rest = await person.get(first.links["next"]["url"])
    assert [each["id"] for each in first.json()["items"] + rest.json()["items"]] == made
    assert rest.json()["next_cursor"] is None

"""A walk over every route there is: who may call it, and what a stranger can tell from the answer."""

import asyncio
import json

import pytest

from app.api.public_routes import PUBLIC, published
from app.domain.errors import NotFound
from app.domain.policy import Scope
from app.main import create_app
from app.settings import Settings
from app.store.api_keys import api_keys
from tests import packages
from tests.api import routes
from tests.given import Given

PATH = "/v1/designation-requests"
# with the test clock, since its routes are there with it alone
SETTINGS = Settings(data_dir="/nonexistent/never-opened", test_clock=True)
WALKED = list(routes.walk(create_app(SETTINGS)))
SECURED = [each for each in WALKED if not each.is_public]
WITH_IDS = [each for each in WALKED if each.holds_ids]
WRONG_CREDENTIALS = (
    None,
    "",
    "Bearer",
    "Bearer ",
    "Basic YTpi",
    "Bearer amtdp_",
    "Bearer not.a.token",
    "Bearer " + "x" * 5000,
    "Bearer amtdp_\u00e9",
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is shown here is the edge's own; one database shows it."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"test_clock": True})


def named(walked: routes.Walked) -> str:
    return walked.name


@pytest.mark.parametrize("walked", WALKED, ids=named)
def test_every_route_names_its_caller_or_is_listed_as_public(walked):
    assert walked.names_its_caller != walked.is_public


def test_every_public_route_exists_and_says_why():
    assert set(PUBLIC) <= {each.name for each in WALKED}
    assert all(PUBLIC.values())


async def test_the_published_policy_is_the_tables_of_the_code(client):
    policy = (await client.get("/v1/program/policy")).json()
    assert policy["public_routes"] == published()
    assert {each["path"] for each in policy["public_routes"]} == {name.split()[1] for name in PUBLIC}


def test_a_route_without_a_caller_would_be_found():
    app = create_app(Settings(data_dir="/nonexistent/never-opened"))

    def secrets() -> None: ...

    app.add_api_route("/v1/secrets", secrets, methods=["GET"])
    unnamed = [each.name for each in routes.walk(app) if not each.names_its_caller and not each.is_public]
    assert unnamed == ["GET /v1/secrets"]


def _told(answered):
    """What an answer says, but for what names the call itself."""
    body = answered.json()
    return {
        "status": answered.status_code,
        "challenge": answered.headers.get("www-authenticate"),
        **{name: member for name, member in body.items() if name not in {"instance", "request_id"}},
    }


async def test_without_a_credential_every_secured_route_tells_the_same_before_anything_else(given: Given):
    expected = _told(await given.client.get("/v1/me"))
    assert expected["status"] == 401
    assert expected["challenge"]
    spoiled = {
        "content": b'{"cut": ',
        "headers": {"Content-Type": "text/plain", "Accept": "image/png", "Idempotency-Key": "\x7f"},
        "params": {"surprise": "1"},
    }
    for walked in SECURED:
        path = walked.path.format(**routes.absent(walked.path))
        for sent in ({}, spoiled):
            assert _told(await given.client.request(walked.method, path, **sent)) == expected, walked.name


@pytest.mark.parametrize("wrong", WRONG_CREDENTIALS)
async def test_a_wrong_credential_is_as_good_as_none(given: Given, wrong):
    expected = _told(await given.client.get("/v1/me"))
    headers = {} if wrong is None else {"Authorization": wrong.encode()}
    assert _told(await given.client.get(PATH, headers=headers)) == expected


async def test_a_key_cut_short_expired_or_revoked_is_as_good_as_none(given: Given):
    person, other = await given.member(), await given.member()
    expected = _told(await given.client.get("/v1/me"))

    async def told(key):
        return _told(await given.client.get(PATH, headers={"Authorization": f"Bearer {key}"}))

    assert (await told(person.key))["status"] == 200
    for wrong in (person.key[:-1], person.key + "0", person.key.upper(), person.key[:20] + other.key[20:]):
        assert await told(wrong) == expected
    now = given.runtime.now()
    for column in ("expires_at", "revoked_at"):
        someone = await given.member()
        async with given.runtime.database.writing() as db:
            where = api_keys.c.person_id == someone.id
            await db.execute(api_keys.update().where(where).values({column: now}))
        assert await told(someone.key) == expected


async def _differs(document, walked, caller, ids):
    """What a caller is told of a thing, where that is not what it would be told of nothing."""
    sent = routes.sendable(document, walked)
    hidden = _told(await caller.call(walked.method, walked.path.format(**ids), **sent))
    nothing = _told(
        await caller.call(walked.method, walked.path.format(**routes.absent(walked.path)), **sent)
    )
    return None if hidden == nothing else (walked.name, hidden, nothing)


async def test_things_of_another_applicant_cannot_be_told_from_nothing(given: Given):
    holding = await routes.holding(given)
    document = given.client._transport.app.openapi()
    for stranger in (await given.member(), await given.member("preparer")):
        for walked in WITH_IDS:
            assert await _differs(document, walked, stranger, holding.ids(walked.path)) is None
            path = walked.path.format(**holding.ids(walked.path))
            answered = await stranger.call(walked.method, path, **routes.sendable(document, walked))
            assert answered.status_code == 404, f"{walked.name}: {answered.text}"


async def test_drafts_cannot_be_told_from_nothing_by_any_of_the_staff(given: Given):
    holding = await routes.holding(given)
    document = given.client._transport.app.openapi()
    for someone in (
        await given.staff("coordinator", "reviewer", "signatory"),
        await given.staff("auditor", "admin"),
    ):
        for walked in WITH_IDS:
            if walked.path.startswith(PATH):
                ids = {**holding.ids(walked.path), "reference": holding.draft}
                assert await _differs(document, walked, someone, ids) is None


async def test_the_calls_of_this_walk_do_meet_what_is_there(given: Given):
    """The control: for its holder the same call is anything but 404, or the walk proves nothing."""
    document = given.client._transport.app.openapi()
    holding = await routes.holding(given)
    # what takes things away comes last, the inner before the outer, and sight of a request at the very end
    for walked in sorted(
        WITH_IDS,
        key=lambda each: (each.name.endswith(LAST), each.method == "DELETE", -len(each.path)),
    ):
        path = walked.path.format(**holding.ids(walked.path))
        found = await holding.holder(walked.path).call(
            walked.method, path, **routes.sendable(document, walked)
        )
        assert found.status_code not in {401, 404, 405, 428}, f"{walked.name}: {found.text}"


# What only the program may read, wherever it stands in an answer.
ELSEWHERE = (
    "/v1/program", "/problems", "/metrics", "/v1/staff", "/v1/engagements/timeliness",
    "/openapi.json", "/docs",  # which name members, and show none
)  # fmt: skip
PROGRAM_ONLY = frozenset(
    {
        "state",
        "internal_target_on",
        "lead_reviewer_id",
        "milestones",
        "alerts_on",
        "opening",
        "late_reason",
        "factors",
        "signed",
        "decided_by",
    }
)
# What takes sight away, and what is not there for an applicant at all.
LAST = ("/cancellations", "/conflicts")
NOT_THEIRS = ("/v1/consults", "/v1/reports", "/v1/broadcasts", "/v1/incoming-mails")


def _members(tree):
    if isinstance(tree, dict):
        for name, member in tree.items():
            yield name
            if name != "content":  # the applicant's own words
                yield from _members(member)
    elif isinstance(tree, list):
        for member in tree:
            yield from _members(member)


async def test_no_channel_shows_an_applicant_what_only_the_program_may_read(given: Given):
    owner, coordinator = await given.member(), await given.staff("coordinator")
    endpoint = await given.endpoint(owner)
    filed = await given.submitted(owner)
    at = f"{PATH}/{filed['number']}"
    waived = await coordinator.post(f"{at}/waivers", json={"rule": "SC-12", "reason": "A private reason."})
    assert waived.status_code in {201, 409, 422}, waived.text
    for name, arguments in (
        (
            "reject_technically",
            {"cause": "wrong_program", "note": "Not ours.", "written_agreement": "Yes, take it back."},
        ),
        ("reinstate", {"note": "It is ours after all."}),
    ):
        moved = await given.move(coordinator, filed["number"], name, **arguments)
        assert moved.status_code == 200, moved.text
    decided = await given.decided_after_questions(owner, desk := await given.desk())
    document = given.client._transport.app.openapi()
    ids = {"reference": decided["number"], "n": "1", "key": "ev-1", "id": str(owner.applicant_id)}
    ids |= {"mailbox": str(owner.applicant_id)}
    threads = (await owner.get(f"/v1/mailboxes/{ids['mailbox']}/threads")).json()["items"]
    ids |= {"thread": next(each["id"] for each in threads if each["about"]["number"] == decided["number"])}
    people = (coordinator, desk.coordinator, desk.lead)
    secrets = [each for who in people for each in (str(who.id), who.name, who.email)]
    secrets += [str(desk.signatory.id), desk.signatory.email]  # whose name stands under the letter
    deliveries = await given.deliveries(owner, endpoint)
    assert len(deliveries) > 2
    hooks = {"endpoint_id": endpoint["id"], "delivery_id": deliveries[0]["id"]}
    for walked in WALKED:
        of_this = set(routes.parameters(walked.path)) <= ids.keys() and not walked.path.startswith(ELSEWHERE)
        if walked.method != "GET" or not of_this:
            continue
        if walked.path.startswith(NOT_THEIRS) or routes.INSIDE.match(walked.path):
            hidden = await owner.get(walked.path.format_map(ids))
            assert (hidden.status_code, hidden.json()["detail"]) == (404, NotFound.sentence), walked.name
            continue
        sent = {**routes.sendable(document, walked), "headers": {}}
        id = next(
            (hooks[name] for at, name in routes.WEBHOOKS.items() if walked.path.startswith(at)), ids["id"]
        )
        answered = await owner.get(walked.path.format_map({**ids, "id": id}), **sent)
        assert answered.status_code == 200, f"{walked.name}: {answered.text}"
        if answered.headers["content-type"] == "application/json":
            assert not PROGRAM_ONLY & set(_members(answered.json())), walked.name
        if answered.headers["content-type"] == "application/zip":
            members = packages.unpacked(answered.content).items()
            ours = [raw for path, raw in members if path.endswith(".json") and "versions/" not in path]
            documents = [json.loads(raw) for raw in ours]
            assert not PROGRAM_ONLY & set(_members(documents)), walked.name
        assert [each for each in secrets if each in answered.text] == [], walked.name
    shown = [(await owner.get(f"{PATH}/{each['number']}")).json() for each in (decided, filed)]
    listed = (await owner.get(PATH)).json()["items"]
    assert listed == [{name: member for name, member in each.items() if name != "content"} for each in shown]


async def test_lists_counts_and_searches_hold_nothing_of_another_applicant(given: Given):
    holding, stranger = await routes.holding(given), await given.member()
    staff = await given.staff("coordinator")
    for query in (
        "",
        "?count=exact",
        f"?applicant={holding.owner.applicant_id}&count=exact",
        f"?q={holding.draft}&count=exact",
        "?q=held&count=exact",
        "?status=draft&count=exact",
    ):
        seen = (await stranger.get(PATH + query)).json()
        assert seen["items"] == []
        assert seen.get("total", 0) == 0
        numbers = {each["number"] for each in (await staff.get(PATH + query)).json()["items"]}
        assert holding.draft not in numbers


async def test_a_key_does_no_more_than_its_scopes_name(given: Given):
    reader = await given.member(scopes=Scope.REQUESTS_READ.value)
    writer = await given.member(applicant_id=reader.applicant_id)
    draft = await given.draft(writer)
    at, tag = f"{PATH}/{draft['number']}", {"If-Match": draft["etag"]}
    assert (await reader.get(at)).status_code == 200
    refused = await asyncio.gather(
        reader.post(PATH, json={"content": {}}),
        reader.patch(at, json={"content": {}}, headers=tag),
        reader.delete(at, headers=tag),
        reader.post(f"{at}/extensions"),
    )
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(403, "not-permitted")}

"""Which URLs an endpoint may have, at its making, each change and each test; told by rule, never by address."""

from pathlib import Path

import httpx2
import pytest

from app.main import create_app
from app.services.lookups import Lookups
from app.settings import Mode, Settings
from tests.api.hooks import BODY, PATH, URL, at, tagged
from tests.conftest import CHEAP
from tests.given import Given
from tests.names import PUBLIC, Names

TEXTS = [
    ("http://hooks.partner.example/", "scheme"),
    ("ftp://hooks.partner.example/", "scheme"),
    ("hooks.partner.example", "scheme"),
    ("https://user:pass@hooks.partner.example/", "user-info"),
    ("https://hooks.partner.example@10.0.0.1/", "user-info"),
    ("https://hooks.partner.example/#part", "fragment"),
    ("https://hooks.partner.example./", "trailing-dot"),
    ("https://b\u00fccher.example/", "characters"),
    ("https://hooks.partner.example\\@10.0.0.1/", "characters"),
    ("https://hooks.partner.example/a b", "characters"),
    ("https://hooks.partner.example:22/", "port"),
    ("https://hooks.partner.example:80/", "port"),
    ("https://hooks.partner.example:0/", "port"),
    ("https://hooks.partner.example:99999/", "port"),
    ("https://partner/", "host"),
    ("https://localhost/", "local-name"),
    ("https://db.internal/", "local-name"),
    ("https://printer.local/", "local-name"),
    ("https://10.0.0.1/", "not-public"),
    ("https://127.0.0.1/", "not-public"),
    ("https://169.254.169.254/latest/meta-data/", "not-public"),
    ("https://100.64.0.1/", "not-public"),
    ("https://0.0.0.0/", "not-public"),
    ("https://2130706433/", "address-form"),
    ("https://0177.0.0.1/", "address-form"),
    ("https://0x7f000001/", "address-form"),
    ("https://127.1/", "address-form"),
    ("https://[::1]/", "not-public"),
    ("https://[fd00::1]/", "not-public"),
    ("https://[fe80::1]/", "not-public"),
    ("https://[fe80::1%25eth0]/", "zone"),
    ("https://[::ffff:10.0.0.1]/", "embedded-ipv4"),
    ("https://[64:ff9b::a00:1]/", "embedded-ipv4"),
    ("https://[2002:a00:1::]/", "embedded-ipv4"),
    ("https://" + "a" * 2050 + ".example/", "length"),
]
MEANINGS = [
    (["10.0.0.1"], "not-public"),
    (["100.64.9.9"], "not-public"),
    (["127.0.0.1"], "not-public"),
    (["169.254.169.254"], "not-public"),
    (["::1"], "not-public"),
    (["fd12:3456::1"], "not-public"),
    (["fe80::1%eth0"], "zone"),
    (["::ffff:192.168.0.1"], "embedded-ipv4"),
    (["64:ff9b::c0a8:1"], "embedded-ipv4"),
    (["2002:c0a8:1::1"], "embedded-ipv4"),
    ([PUBLIC, "10.0.0.1"], "not-public"),
    (["10.0.0.1", PUBLIC], "not-public"),
    (["2606:4700::1111", "fd00::1"], "not-public"),
]


@pytest.fixture
async def given(sqlite_url: str, tmp_path: Path, clock):
    """A service that others can reach: nothing on its own machine may be called."""
    settings = Settings(
        data_dir=tmp_path / "var", database_url=sqlite_url, listen_host="0.0.0.0", rate_per_minute=10**6
    )
    app = create_app(settings, clock, passwords=CHEAP, resolve=Names())
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as caller:
            yield Given(app.state.runtime, caller)


def insist_refused(refused: httpx2.Response, rule: str, *addresses: str) -> None:
    assert (refused.status_code, refused.json()["code"]) == (422, "target-not-allowed"), refused.text
    [flaw] = refused.json()["errors"]
    assert (flaw["pointer"], flaw["rule"]) == ("/url", rule)
    for address in addresses:
        assert address not in refused.text


@pytest.mark.parametrize(("url", "rule"), TEXTS)
async def test_a_url_that_is_not_called_is_refused_by_its_rule(given: Given, url, rule):
    signer = await given.member()
    insist_refused(await signer.post(PATH, json={**BODY, "url": url}), rule, url)
    made = await given.endpoint(signer)
    refused = await signer.patch(at(made), json={"url": url}, headers={"If-Match": made["etag"]})
    insist_refused(refused, rule, url)
    assert (await signer.get(at(made))).json()["url"] == URL


@pytest.mark.parametrize(
    ("meaning", "rule"), MEANINGS, ids=lambda each: ",".join(each) if isinstance(each, list) else each
)
async def test_a_name_is_worth_the_worst_of_its_addresses(given: Given, meaning, rule):
    signer = await given.member()
    made = await given.endpoint(signer)
    known = given.runtime.resolve.known
    known["hooks.partner.example"] = known["other.partner.example"] = meaning
    insist_refused(await signer.post(PATH, json=BODY), rule, *meaning)
    body = {"url": "https://other.partner.example/"}
    refused = await signer.patch(at(made), json=body, headers={"If-Match": made["etag"]})
    insist_refused(refused, rule, *meaning)
    insist_refused(await signer.post(at(made, "/test-deliveries")), rule, *meaning)
    assert await given.deliveries(signer, made) == []


@pytest.mark.parametrize(
    "url", [URL, "https://hooks.partner.example:8443/a?b=c", "https://8.8.8.8/", "https://[2606:4700::1111]/"]
)
async def test_a_public_target_is_taken_and_says_what_was_checked(given: Given, url):
    made = await given.endpoint(await given.member(), url=url)
    assert [(each["name"], each["passed"]) for each in made["checks"]] == [
        ("url", True),
        ("resolves", True),
        ("public", True),
    ]


async def test_a_name_that_does_not_resolve_yet_is_taken_and_said(given: Given):
    given.runtime.resolve.known["hooks.partner.example"] = []
    signer = await given.member()
    made = await given.endpoint(signer)
    failed = [(each["name"], each["passed"]) for each in made["checks"]]
    assert failed == [("url", True), ("resolves", False), ("public", False)]
    changed = await signer.patch(at(made), json={"url": URL}, headers={"If-Match": made["etag"]})
    assert [each["passed"] for each in changed.json()["checks"]] == [True, False, False]
    tested = await signer.post(at(made, "/test-deliveries"))
    assert (tested.status_code, [each["passed"] for each in tested.json()["checks"]]) == (
        201,
        [True, False, False],
    )


async def test_only_those_who_could_have_an_endpoint_get_a_name_looked_up(given: Given):
    preparer, signer, stranger = await given.member("preparer"), await given.member(), await given.member()
    made = await given.endpoint(signer)
    given.runtime.resolve.asked.clear()
    assert (await given.client.post(PATH, json=BODY)).status_code == 401
    assert (await preparer.post(PATH, json=BODY)).status_code == 403
    assert (await stranger.post(at(made, "/test-deliveries"))).status_code == 404
    for body in ({"description": "x"}, {"url": URL}):
        assert (await stranger.patch(at(made), json=body, headers={"If-Match": "*"})).status_code == 404
    assert (await signer.patch(at(made), json={"url": URL})).status_code == 428
    assert given.runtime.resolve.asked == []


async def test_a_url_that_changes_while_its_name_is_looked_up_is_not_taken_for_checked(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    real = given.runtime.lookups

    async def meanwhile(host, port):
        given.runtime.lookups = real
        body = {"url": "https://other.partner.example/"}
        moved = await signer.patch(at(made), json=body, headers=await tagged(signer, made))
        assert moved.status_code == 200
        return [PUBLIC]

    given.runtime.lookups = Lookups(meanwhile)
    refused = await signer.post(at(made, "/test-deliveries"))
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("url", ["http://localhost:9000/in", "http://127.0.0.1:9000/", "https://[::1]:9000/"])
async def test_this_machine_is_a_target_only_for_a_developer_whom_nobody_else_reaches(
    sqlite_given: Given, given: Given, url
):
    sqlite_given.runtime.resolve.known["localhost"] = ["127.0.0.1", "::1"]
    assert (await sqlite_given.endpoint(await sqlite_given.member(), url=url))["url"] == url
    refused = await (await given.member()).post(PATH, json={**BODY, "url": url})
    assert refused.json()["code"] == "target-not-allowed"


async def test_a_name_is_no_loopback_target_though_it_means_this_machine(sqlite_given: Given):
    sqlite_given.runtime.resolve.known["hooks.partner.example"] = ["127.0.0.1"]
    refused = await (await sqlite_given.member()).post(PATH, json=BODY)
    insist_refused(refused, "not-public", "127.0.0.1")


PRODUCTION = {
    "mode": Mode.PRODUCTION,
    "database_url": "postgresql://db/amtdp",
    "secret": "c" * 44,
    "signing_key": "pem",
    "smtp_url": "smtps://mail.example",
    "clamd_url": "tcp://clamd:3310",
}


@pytest.mark.parametrize(
    ("given_settings", "calls"),
    [
        ({}, True),
        ({"listen_host": "localhost"}, True),
        ({"listen_host": "::1"}, True),
        ({"listen_host": "127.0.0.2"}, True),
        ({"listen_host": "0.0.0.0"}, False),
        ({"listen_host": "::"}, False),
        ({"listen_host": "10.0.0.5"}, False),
        ({"listen_host": "intake.agency.example"}, False),
        (PRODUCTION, False),
    ],
)
def test_loopback_is_called_in_development_on_loopback_alone(given_settings, calls):
    assert Settings(**given_settings).calls_loopback is calls

"""Access tokens of an OpenID issuer in place of a key: who they let in, and all they do not."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import ValidationError
from sqlalchemy import select

from app.main import create_app
from app.settings import Settings
from app.store.people import people
from tests import issuer as issuers
from tests.clock import Clock
from tests.given import Given
from tests.issuer import AUDIENCE, NAME, Issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuers.serving() as issuer:
        yield issuer


@pytest.fixture
def settings(database_url: str, tmp_path: Path, issuer: Issuer) -> Settings:
    return Settings(
        data_dir=tmp_path / "var",
        database_url=database_url,
        rate_per_minute=1_000_000,
        oidc_issuer=NAME,
        oidc_audience=AUDIENCE,
        oidc_jwks_url=issuer.url,
    )


async def me(given: Given, token: str) -> httpx2.Response:
    return await given.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})


async def change(given: Given, person_id: Any, **values: Any) -> None:
    async with given.runtime.database.writing() as db:
        await db.execute(people.update().where(people.c.id == person_id).values(**values))


@pytest.mark.parametrize("kid", ["rsa", "ec"])
async def test_a_token_is_the_person_with_its_confirmed_address(given: Given, issuer: Issuer, kid):
    person = await given.member("preparer")
    by_key = (await person.get("/v1/me")).json()
    token = issuer.token(given.runtime.now(), person.email.upper(), kid)
    by_token = await me(given, token)
    assert by_token.status_code == 200, by_token.text
    assert by_token.json() == {**by_key, "key_id": None}


async def test_a_token_drafts_and_repeats_and_signs_as_a_key_does(given: Given, issuer: Issuer):
    person = await given.member()
    token = issuer.token(given.runtime.now(), person.email)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once"}
    answers = [
        await given.client.post("/v1/designation-requests", json={"content": {}}, headers=headers)
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json()["number"] == answers[1].json()["number"]


async def test_a_token_of_staff_has_the_roles_of_staff(given: Given, issuer: Issuer):
    staff = await given.staff("coordinator", "auditor")
    answered = await me(given, issuer.token(given.runtime.now(), staff.email))
    assert (answered.json()["audience"], answered.json()["roles"]) == ("program", ["auditor", "coordinator"])


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """A token that no library would make."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode() for each in (header, claims)
    ]
    signed = ".".join(parts).encode()
    mac = b"" if secret is None else hmac.new(secret, signed, hashlib.sha256).digest()
    return f"{'.'.join(parts)}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


async def test_what_is_not_quite_a_token_is_refused_and_nobody_learns_why(given: Given, issuer: Issuer):
    person = await given.member()
    now, email = given.runtime.now(), person.email
    second = int(now.timestamp())
    good = issuer.token(now, email)
    claims = jwt.decode(good, options={"verify_signature": False})
    public = issuer.private["rsa"].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    head, body, signature = good.split(".")
    bad = {
        "other issuer": issuer.token(now, email, iss="https://login.example/other"),
        "other audience": issuer.token(now, email, aud="https://other.example"),
        "no audience": issuer.token(now, email, aud=None),
        "no subject": issuer.token(now, email, sub=None),
        "empty subject": issuer.token(now, email, sub=""),
        "no end": issuer.token(now, email, exp=None),
        "no beginning": issuer.token(now, email, iat=None),
        "ended": issuer.token(now, email, exp=second - 31),
        "not yet": issuer.token(now, email, nbf=second + 60),
        "made tomorrow": issuer.token(now, email, iat=second + 86400, exp=second + 2 * 86400),
        "endless": issuer.token(now, email, exp=10**30),
        "end in words": forged({"alg": "RS256", "kid": "rsa"}, {**claims, "exp": "soon"}, b"x"),
        "address not verified": issuer.token(now, email, email_verified=False),
        "address verified in words": issuer.token(now, email, email_verified="true"),
        "no address": issuer.token(now, email, email=None),
        "address of nobody": issuer.token(now, "nobody@member.example"),
        "address in a list": issuer.token(now, email, email=[email]),
        "unknown key": jwt.encode(claims, stranger, "RS256", {"kid": "stranger"}),
        "another's signature": jwt.encode(claims, stranger, "RS256", {"kid": "rsa"}),
        "no key id": jwt.encode(claims, issuer.private["rsa"], "RS256"),
        "key of another kind": jwt.encode(claims, issuer.private["rsa"], "RS256", {"kid": "ec"}),
        "algorithm not taken": jwt.encode(claims, issuer.private["rsa"], "RS512", {"kid": "rsa"}),
        "public key as secret": forged({"alg": "HS256", "kid": "rsa"}, claims, pem),
        "no signature": forged({"alg": "none", "kid": "rsa"}, claims, None),
        "signature cut": good[:-8],
        "body changed": f"{head}.{body[:-4]}AAAA.{signature}",
        "critical extension": jwt.encode(
            claims, issuer.private["rsa"], "RS256", {"kid": "rsa", "crit": ["x"], "x": 1}
        ),
        "not three parts": "a.b",
        "not base64": "%.%.%",
        "no token": "token",
        "too long": good + "A" * 8000,
    }
    refusals = set()
    for why, token in bad.items():
        answered = await me(given, token)
        assert answered.status_code == 401, why
        assert answered.headers["www-authenticate"].startswith("Bearer"), why
        problem = answered.json()
        del problem["request_id"]
        refusals.add(json.dumps(problem, sort_keys=True))
    assert len(refusals) == 1
    assert (await me(given, good)).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (329, 200), (330, 401)])
async def test_a_token_is_good_to_its_end_and_half_a_minute_for_clocks_that_differ(
    given: Given, issuer: Issuer, seconds, status
):
    person = await given.member()
    token = issuer.token(given.runtime.now(), person.email)
    given.runtime.now.move(seconds=seconds)
    assert (await me(given, token)).status_code == status


async def test_an_address_that_nobody_confirmed_lets_nobody_in(given: Given, issuer: Issuer):
    person = await given.member(confirmed=False)
    assert (await me(given, issuer.token(given.runtime.now(), person.email))).status_code == 401


async def test_a_closed_account_opens_to_no_token(given: Given, issuer: Issuer):
    staff, other = await given.staff("admin"), await given.staff("auditor")
    token = issuer.token(given.runtime.now(), staff.email)
    assert (await me(given, token)).status_code == 200
    await change(given, staff.id, active=False)
    assert (await me(given, token)).status_code == 401
    # nor by way of another's address
    elsewhere = issuer.token(given.runtime.now(), other.email, sub=f"subject of {staff.email}")
    assert (await me(given, elsewhere)).status_code == 401


async def test_the_first_visit_binds_whatever_the_addresses_become(given: Given, issuer: Issuer):
    person, other = await given.member(), await given.member()
    now = given.runtime.now()
    answers = await asyncio.gather(*(me(given, issuer.token(now, person.email, sub="ana")) for _ in range(4)))
    assert {each.json().get("person_id") for each in answers} == {str(person.id)}
    moved = await me(given, issuer.token(now, other.email, sub="ana"))
    assert moved.json()["person_id"] == str(person.id)
    unvouched = await me(given, issuer.token(now, other.email, sub="ana", email_verified=False))
    assert unvouched.json()["person_id"] == str(person.id)
    taken_over = await me(given, issuer.token(now, person.email, sub="somebody who has the address now"))
    assert taken_over.status_code == 401
    async with given.runtime.database.reading() as db:
        bound = (await db.execute(select(people.c.subject).order_by(people.c.id))).scalars().all()
    assert bound == ["ana", None]


async def test_keys_are_asked_for_once_and_again_when_the_issuer_has_new_ones(given: Given, issuer: Issuer):
    person = await given.member()
    token = issuer.token(given.runtime.now(), person.email)
    await asyncio.gather(*(me(given, token) for _ in range(5)))
    assert issuer.asked == 1
    issuer.add("next", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    given.runtime.now.move(seconds=31)
    assert (await me(given, issuer.token(given.runtime.now(), person.email, "next"))).status_code == 200
    assert issuer.asked == 2
    issuer.published.discard("rsa")
    given.runtime.now.move(minutes=11)
    assert (await me(given, issuer.token(given.runtime.now(), person.email, "rsa"))).status_code == 401


async def test_made_up_key_ids_do_not_drive_us_to_the_issuer(given: Given, issuer: Issuer):
    person = await given.member()
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for number in range(5):
        issuer.private[f"made up {number}"] = stranger
        token = issuer.token(given.runtime.now(), person.email, f"made up {number}")
        assert (await me(given, token)).status_code == 401
    assert issuer.asked == 1


@pytest.mark.parametrize(
    ("status", "answer"),
    [(500, b""), (302, b""), (200, b"<html>"), (200, b"[]"), (200, b'{"keys": []}'), (200, b'{"keys": [3]}')],
)
async def test_an_issuer_without_keys_is_a_passing_fault_until_it_answers(
    given: Given, issuer: Issuer, status, answer
):
    person = await given.member()
    issuer.status, issuer.answer = status, answer
    refused = await me(given, issuer.token(given.runtime.now(), person.email))
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert int(refused.headers["retry-after"]) > 0
    issuer.status, issuer.answer = 200, None
    given.runtime.now.move(seconds=31)
    assert (await me(given, issuer.token(given.runtime.now(), person.email))).status_code == 200


async def test_an_issuer_that_falls_silent_is_believed_for_a_day(given: Given, issuer: Issuer):
    person = await given.member()
    assert (await me(given, issuer.token(given.runtime.now(), person.email))).status_code == 200
    issuer.status = 500
    for hours, status in ((1, 200), (22, 200), (2, 503)):
        given.runtime.now.move(hours=hours)
        answered = await me(given, issuer.token(given.runtime.now(), person.email))
        assert answered.status_code == status, hours


async def test_keys_are_still_taken_beside_tokens(given: Given, issuer: Issuer):
    person = await given.member()
    assert (await person.get("/v1/me")).status_code == 200
    assert issuer.asked == 0


async def test_a_fresh_login_steps_up_without_a_password_and_an_old_one_does_not(
    given: Given, issuer: Issuer
):
    person = await given.member()
    number = (await given.ready_draft(person))["number"]
    second = int(given.runtime.now().timestamp())

    async def step_up(**claims: Any) -> httpx2.Response:
        token = issuer.token(given.runtime.now(), person.email, **claims)
        headers = {"Authorization": f"Bearer {token}"}
        return await given.client.post("/v1/me/step-ups", json={}, headers=headers)

    for claims in ({}, {"auth_time": second - 61}, {"auth_time": second + 3600}):
        refused = await step_up(**claims)
        assert (refused.status_code, refused.json()["code"]) == (403, "signing-refused"), claims
    by_key = await person.post("/v1/me/step-ups", json={})
    assert by_key.status_code == 403
    proved = await step_up(auth_time=second - 60)
    assert proved.status_code == 201, proved.text
    signature = {"printed_name": person.name, "meaning": "authorship", "step_up": proved.json()["step_up"]}
    sent = {"name": "submit", "signature": signature}
    at = f"/v1/designation-requests/{number}/transitions"
    token = issuer.token(given.runtime.now(), person.email)
    elsewhere = await person.post(at, json=sent)  # through the key, not the login that was stepped up
    assert elsewhere.status_code == 403
    filed = await given.client.post(at, json=sent, headers={"Authorization": f"Bearer {token}"})
    assert filed.status_code == 200, filed.text


async def test_tokens_that_begin_alike_share_no_allowance(settings: Settings, clock: Clock, issuer: Issuer):
    app = create_app(settings.model_copy(update={"rate_per_minute": 2}), clock)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    tokens = [issuer.token(clock(), f"person-{number}@member.example") for number in range(2)]
    assert tokens[0][:26] == tokens[1][:26]
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        for token in tokens:
            headers = {"Authorization": f"Bearer {token}"}
            answers = [await client.get("/v1/me", headers=headers) for _ in range(3)]
            assert [each.status_code for each in answers] == [401, 401, 429]


def test_an_issuer_needs_its_audience_and_keys(tmp_path):
    for more in ({}, {"oidc_audience": AUDIENCE}, {"oidc_jwks_url": "https://login.example/keys"}):
        with pytest.raises(ValidationError):
            Settings(data_dir=tmp_path, oidc_issuer=NAME, **more)


async def test_an_issuer_lives_in_real_time_however_far_the_test_clock_was_moved(
    settings: Settings, clock: Clock, issuer: Issuer
):
    app = create_app(settings.model_copy(update={"test_clock": True}), clock)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            given = Given(app.state.runtime, client)
            person = await given.member()
            await app.state.runtime.mover.move(timedelta(days=3))
            login = int(clock().timestamp())
            token = issuer.token(clock(), person.email, auth_time=login)
            assert (await me(given, token)).status_code == 200
            headers = {"Authorization": f"Bearer {token}"}
            assert (await client.post("/v1/me/step-ups", json={}, headers=headers)).status_code == 201
            clock.move(minutes=6)
            assert (await me(given, token)).status_code == 401

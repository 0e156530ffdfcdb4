"""What is known against an address: when it is noted, what it stops, who sees it, and how it ends."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli import app
from app.delivery.senders import SmtpServer
from app.services import bounces, post
from app.services.bounces import Report
from app.services.post import Letter
from app.store.deliveries import deliveries
from app.wiring import worker_of
from tests.delivery.given import mail
from tests.delivery.test_smtp import Desk as Server
from tests.delivery.test_smtp import serving
from tests.given import Given, Person
from tests.mail import letters
from tests.mailed import mailed, receipts_of, subjects, text_of, to


async def _record(given: Given, report: Report) -> bool:
    async with given.runtime.database.writing() as db:
        return await bounces.record(db, report, given.runtime.now())


async def _state(person: Person) -> str:
    return str((await person.get("/v1/me")).json()["address"]["status"])


async def test_a_report_on_a_letter_of_ours_is_believed_of_whoever_it_went_to(given: Given):
    person, desk = await given.member(), await given.desk()
    await given.under_assessment(person, desk)
    (first, *_) = to(person, await mailed(given))
    forwarded = Report(bounces.BOUNCING, "5.1.1", "moved@elsewhere.example", str(first["Message-ID"]))
    assert await _record(given, forwarded)
    assert not await _record(given, forwarded), "it is known"
    assert await _state(person) == "bouncing"
    assert (await person.get("/v1/me")).json()["address"]["code"] == "5.1.1"


@pytest.mark.parametrize(
    "report",
    [
        Report(bounces.BOUNCING, "5.1.1", None, f"<{uuid4()}@amtdp.example>"),
        Report(bounces.BOUNCING, "5.1.1", "{email}", "<018f5a3e-0000-7000-8000-000000000000@amtdp.example>"),
        Report(bounces.BOUNCING, "5.1.1", "{email}", "<made.up@amtdp.example>"),
        Report(bounces.BOUNCING, "4.2.2", "{email}"),
        Report(bounces.BOUNCING, "5.7.1", "{email}"),
        Report(bounces.BOUNCING, "5.1.1", "nobody@member.example"),
        Report(bounces.BOUNCING, "5.1.1"),
    ],
)
async def test_what_names_no_letter_of_ours_or_blames_no_address_is_not_believed(given: Given, report):
    person = await given.member()
    address = report.address and report.address.replace("{email}", person.email)
    assert not await _record(given, Report(report.kind, report.status, address, report.message_id))
    assert await _state(person) == "ok"


async def test_a_complaint_outweighs_a_bounce_and_not_the_other_way(given: Given):
    person = await given.member()
    assert await _record(given, Report(bounces.BOUNCING, "5.2.1", person.email.upper()))
    assert await _record(given, Report(bounces.COMPLAINED, None, person.email))
    assert not await _record(given, Report(bounces.BOUNCING, "5.2.1", person.email))
    assert await _state(person) == "complained"


@pytest.mark.parametrize("kind", [bounces.BOUNCING, bounces.COMPLAINED])
async def test_such_an_address_is_tried_with_what_is_mandatory_alone_and_a_preview_says_so(
    given: Given, kind
):
    person, desk = await given.member(), await given.desk()
    assert await _record(given, Report(kind, None, person.email))
    number = (await given.submitted(person))["number"]
    body = {"name": "accept", "lead_center": "CBER", "lead_reviewer_id": str(desk.lead.id)}
    path = f"/v1/designation-requests/{number}/transitions"
    previewed = (await desk.coordinator.post(f"{path}?preview=true", json=body)).json()["letters"]
    assert [each["mode"] for each in previewed if each["to"] == person.email] == ["never"]
    assert (await desk.coordinator.post(path, json=body)).status_code == 200
    assert subjects(to(person, await mailed(given))) == [f"{number}: received"]
    assert len(await receipts_of(given, person, "assessment_begun")) == 1


async def test_signers_and_administrators_see_the_state_of_an_address_and_preparers_do_not(given: Given):
    signer = await given.member()
    preparer = await given.member("preparer", applicant_id=signer.applicant_id)
    admin, reviewer = await given.staff("admin"), await given.staff("reviewer")
    for each in (preparer, reviewer):
        assert await _record(given, Report(bounces.BOUNCING, "5.1.1", each.email))
    path = f"/v1/applicants/{signer.applicant_id}/members"

    async def seen(by: Person):
        items = (await by.get(path)).json()["items"]
        one = (await by.get(f"{path}/{preparer.id}")).json()
        assert one == next(each for each in items if each["person_id"] == str(preparer.id))
        return {each["person_id"]: each["address"] and each["address"]["status"] for each in items}

    assert await seen(signer) == {str(signer.id): "ok", str(preparer.id): "bouncing"}
    assert await seen(preparer) == {str(signer.id): None, str(preparer.id): None}
    staff = (await admin.get("/v1/staff")).json()["items"]
    assert {each["id"]: each["address"]["status"] for each in staff} == {
        str(admin.id): "ok",
        str(reviewer.id): "bouncing",
    }
    tag = (await admin.get(f"/v1/staff/{reviewer.id}")).headers["etag"]
    changed = await admin.patch(
        f"/v1/staff/{reviewer.id}", json={"center": "CBER"}, headers={"If-Match": tag}
    )
    assert changed.json()["address"]["status"] == "bouncing"


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("550 5.1.1 <x@y.example> is not known", "bouncing"),
        ("550 no such box", "bouncing"),
        ("550 5.7.1 relaying denied", "ok"),
        ("450 4.2.1 come back", "ok"),
    ],
)
async def test_a_servers_final_refusal_of_the_recipient_is_noted_as_a_bounce(given: Given, answer, state):
    person = await given.member()
    async with given.runtime.database.writing() as db:
        letter = Letter(f"Somebody <{person.email}>", "address_claimed", {})
        await post.queue(db, given.runtime.keyring, [letter], given.runtime.now())
    async with serving(Server(rcpt=answer)) as port:
        worker = worker_of(given.runtime)
        worker.senders[post.KIND] = mail(
            given.runtime.settings, SmtpServer(f"smtp://127.0.0.1:{port}"), given.runtime.now
        )
        await worker.work()
    assert await _state(person) == state


async def test_it_ends_when_the_address_is_confirmed_anew(given: Given):
    registered = await given.client.post(
        "/v1/registrations",
        json={
            "applicant": {"name": "Northfield", "type": "cdmo", "country": "US"},
            "person": {"name": "Ana", "email": "ana@north.example", "password": "correct horse battery"},
        },
    )
    key, id = registered.json()["api_key"], registered.json()["id"]
    person = Person(uuid4(), "Ana", "ana@north.example", key, uuid4(), given.client)

    async def confirm() -> int:
        code = (await letters(given.runtime, person.email))[-1].facts["code"]
        path = f"/v1/registrations/{id}/confirmations"
        return (await given.client.post(path, json={"code": code})).status_code

    assert await confirm() == 200
    assert (await person.post("/v1/me/confirmation-codes")).status_code == 404, "there is nothing to confirm"
    assert await _record(given, Report(bounces.COMPLAINED, None, person.email))
    given.runtime.now.move(hours=2)
    assert (await person.post("/v1/me/confirmation-codes")).status_code == 202
    wrong = await given.client.post(f"/v1/registrations/{id}/confirmations", json={"code": "000000"})
    assert (
        wrong.status_code != 200 or (await letters(given.runtime, person.email))[-1].facts["code"] == "000000"
    )
    assert await _state(person) == "complained"
    assert await confirm() == 200
    assert await _state(person) == "ok"


async def test_it_ends_when_an_operator_says_so(given: Given):
    person = await given.member()
    assert await _record(given, Report(bounces.BOUNCING, "5.1.1", person.email))
    async with given.runtime.database.writing() as db:
        assert await bounces.clear(db, person.email.upper(), given.runtime.now())
        assert not await bounces.clear(db, person.email, given.runtime.now())
    assert await _state(person) == "ok"


def test_the_command_clears_what_is_there_and_says_where_there_is_nothing(sqlite_url, tmp_path):
    run = CliRunner().invoke(
        app, ["clear-address", "a@b.example", "--database-url", sqlite_url, "--data-dir", str(tmp_path)]
    )
    assert run.exit_code == 2
    assert "nothing is known" in run.output


async def test_no_letter_keeps_its_address_once_it_is_sent(given: Given):
    """A report finds its person by the row's id; the address was in the payload, which is gone."""
    person, desk = await given.member(), await given.desk()
    await given.under_assessment(person, desk)
    sent = await mailed(given)
    async with given.runtime.database.reading() as db:
        rows = (await db.execute(select(deliveries).where(deliveries.c.kind == post.KIND))).all()
    assert len(rows) == len(sent) > 0
    assert {row.payload for row in rows} == {""}
    assert person.id in {row.person_id for row in rows}
    assert all(text_of(each) for each in sent)

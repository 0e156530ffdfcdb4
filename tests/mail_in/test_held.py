"""What waits for a coordinator: seen by coordinators alone, released or refused once."""

from uuid import uuid4

import pytest

from tests.domain.mails.corpus import AUTHSERV, corpus, mail
from tests.given import Given
from tests.mail import letters
from tests.mail_in.given import address_of, arrive, of_person, rows, said, thread_of, worker

PATH = "/v1/incoming-mails"


async def _decide(given: Given, someone, row, decision: str):
    answered = await someone.post(f"{PATH}/{row.id}/decisions", json={"decision": decision})
    await worker(given.runtime).drain()
    return answered


async def test_a_released_reply_lands_in_its_thread(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    thread = thread_of(await given.submitted(person), person)
    raw = of_person(person, "Truly me.", verdict="none")
    row = await arrive(given.runtime, raw, address_of(given.runtime, thread))
    answered = await _decide(given, coordinator, row, "release")
    assert answered.status_code == 201, answered.text
    *_, last = await said(given.runtime, thread)
    assert (last.text, last.side, last.by) == ("Truly me.", "applicant", person.id)
    (row,) = await rows(given.runtime)
    assert (row.verdict, row.decided_by) == ("replied", coordinator.id)


async def test_a_released_filing_keeps_the_instant_of_its_mail(given: Given, clock):
    arrived, coordinator = clock(), await given.staff("coordinator")
    row = await arrive(given.runtime, mail(Auto_Submitted="auto-generated"))
    assert row.verdict == "held"
    clock.move(days=5)
    await _decide(given, coordinator, row, "release")
    (row,) = await rows(given.runtime)
    found = (await coordinator.get(f"/v1/designation-requests/{row.request_id}")).json()
    assert (row.verdict, row.received_at) == ("filed", arrived)
    assert found["number"]
    assert row.answered_at is None  # a machine sent it, whoever let it through


async def test_a_refused_mail_comes_to_nothing_and_stays(given: Given):
    coordinator = await given.staff("coordinator")
    row = await arrive(given.runtime, mail(Precedence="bulk"))
    assert (await _decide(given, coordinator, row, "refuse")).json()["verdict"] == "refused"
    again = await _decide(given, coordinator, row, "release")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    content = await coordinator.get(f"{PATH}/{row.id}/content")
    assert content.content == mail(Precedence="bulk")
    assert content.headers["content-type"] == "application/octet-stream"
    assert content.headers["content-disposition"].startswith("attachment")


async def test_coordinators_hear_once_a_day_that_mail_waits_and_nothing_of_it(given: Given, clock):
    coordinator = await given.staff("coordinator")
    for n in range(3):
        await arrive(given.runtime, mail(f"Number {n}", Precedence="bulk", subject="Secret"))
    (letter,) = await letters(given.runtime, coordinator.email)
    assert letter.template == "mail_held"
    assert "Secret" not in str(letter)
    clock.move(days=1)
    await arrive(given.runtime, mail("The day after", Precedence="bulk"))
    assert len(await letters(given.runtime, coordinator.email)) == 2


async def test_what_names_no_sender_cannot_be_let_through(given: Given):
    coordinator = await given.staff("coordinator")
    row = await arrive(given.runtime, b"Subject: x\r\n\r\nHello")
    assert (await _decide(given, coordinator, row, "release")).status_code == 409


async def test_only_coordinators_see_mail(given: Given):
    row = await arrive(given.runtime, mail())
    others = [await given.member(), await given.staff("reviewer"), await given.staff("admin", "auditor")]
    for each in others:
        for path in (PATH, f"{PATH}/{row.id}", f"{PATH}/{row.id}/content"):
            assert (await each.get(path)).status_code == 404
        assert (await _decide(given, each, row, "refuse")).status_code == 404
    coordinator = await given.staff("coordinator")
    assert (await coordinator.get(f"{PATH}/{uuid4()}")).status_code == 404
    shown = (await coordinator.get(f"{PATH}/{row.id}")).json()
    assert (shown["verdict"], shown["to"], shown["sender"]) == ("filed", "program", "ana@northfield.example")


@pytest.mark.parametrize(
    ("results", "recorded"),
    [
        (
            "dmarc=pass header.from=northfield.example; spf=pass smtp.mailfrom=northfield.example; dkim=pass",
            {"dmarc": "pass", "spf": "pass", "dkim": "pass"},
        ),
        (
            "dmarc=fail; spf=softfail smtp.mailfrom=x.example; dkim=none",
            {"dmarc": "fail", "spf": "softfail", "dkim": "none"},
        ),
        (None, {"dmarc": "none", "spf": "none", "dkim": "none"}),
    ],
    ids=["passed", "failed", "absent"],
)
async def test_what_vouches_for_a_sender_is_recorded_and_shown(given: Given, results, recorded):
    fields = {} if results is None else {"Authentication_Results": f"{AUTHSERV}; {results}"}
    row = await arrive(given.runtime, mail(**fields))
    coordinator = await given.staff("coordinator")
    assert (await coordinator.get(f"{PATH}/{row.id}")).json()["authentication"] == recorded


async def test_a_coordinator_who_is_recused_sees_no_mail_about_the_request(given: Given):
    person, recused = await given.member(), await given.staff("coordinator")
    filed = await given.submitted(person)
    thread = thread_of(filed, person)
    held = await arrive(given.runtime, of_person(person, verdict="none"), address_of(given.runtime, thread))
    mailed = await arrive(given.runtime, of_person(person))
    for number in (filed["number"], str(mailed.request_id)):
        conflict = {"reason": "I worked there."}
        declared = await recused.post(f"/v1/designation-requests/{number}/conflicts", json=conflict)
        assert declared.status_code == 201, declared.text
    assert (await recused.get(PATH)).json()["items"] == []
    for row in (held, mailed):
        assert (await recused.get(f"{PATH}/{row.id}")).status_code == 404
        assert (await _decide(given, recused, row, "refuse")).status_code == 404
    assert len((await (await given.staff("coordinator")).get(PATH)).json()["items"]) == 2


async def test_the_list_goes_page_by_page_and_by_verdict(given: Given):
    coordinator = await given.staff("coordinator")
    for n in range(3):
        await arrive(given.runtime, mail(f"Number {n}", Precedence="bulk"))
    await arrive(given.runtime, mail())
    first = (await coordinator.get(PATH, params={"verdict": "held", "limit": 2})).json()
    rest = await coordinator.get(PATH, params={"verdict": "held", "limit": 2, "cursor": first["next_cursor"]})
    ids = [each["id"] for each in (*first["items"], *rest.json()["items"])]
    assert len(ids) == len(set(ids)) == 3
    assert ids == sorted(ids, reverse=True)


async def test_the_address_of_a_thread_is_in_no_answer(given: Given):
    person, coordinator = await given.member(), await given.staff("coordinator")
    address = address_of(given.runtime, thread_of(await given.submitted(person), person))
    row = await arrive(given.runtime, of_person(person, verdict="none"), address)
    shown = await coordinator.get(f"{PATH}/{row.id}")
    assert address.partition("@")[0] not in shown.text


async def test_every_hostile_mail_ends_with_a_verdict(given: Given, clock):
    """One service for all of them, a day after each other: none is held for those before it."""
    ends: dict[str, tuple[str, bool, int]] = {}
    coordinator = await given.staff("coordinator")
    for name, raw in corpus():
        clock.move(days=1, seconds=1)
        row = await arrive(given.runtime, raw)
        shown = await coordinator.get(f"{PATH}/{row.id}")
        ends[name] = (row.verdict, row.reason is None, shown.status_code)
    sound = {("filed", True, 200), *((each, False, 200) for each in ("held", "ignored", "bounced"))}
    assert len(await rows(given.runtime)) == len(ends)
    assert {name: end for name, end in ends.items() if end not in sound} == {}

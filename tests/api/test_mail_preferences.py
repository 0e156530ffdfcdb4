"""What people choose to hear by mail, and that a preview, the letters and the mailbox all go by it."""

import asyncio

import pytest

from app.domain.mail_preferences import EventClass, Mode, classes_for
from app.domain.policy import Audience
from tests.given import DECISIONS, Desk, Given, Person
from tests.mailed import mailed, prefer, receipts_of, subjects, to

PATH = "/v1/me/notification-preferences"
REQUESTS = "/v1/designation-requests"


async def _put(person: Person, mail: dict[str, str], tag: str | None = None):
    tag = tag or (await person.get(PATH)).headers["etag"]
    return await person.put(PATH, json={"mail": mail}, headers={"If-Match": tag})


async def test_everything_comes_at_once_until_something_else_is_chosen(given: Given):
    people = {Audience.APPLICANT: await given.member(), Audience.PROGRAM: await given.staff("reviewer")}
    for side, person in people.items():
        answered = await person.get(PATH)
        assert answered.json() == {
            "mail": {each.value: "now" for each in classes_for(side)},
            "mandatory": ["mandatory"],
        }


async def test_a_choice_replaces_all_that_were_made_and_needs_the_present_tag(given: Given):
    person = await given.member()
    first = await _put(person, {"progress": "never", "messages": "digest"})
    assert first.status_code == 200, first.text
    assert (await person.get(PATH)).json() == first.json()
    assert (await person.get(PATH)).headers["etag"] == first.headers["etag"]
    second = await _put(person, {"engagements": "digest", "mandatory": "now"})
    assert second.json()["mail"] == {
        "mandatory": "now",
        "progress": "now",
        "engagements": "digest",
        "messages": "now",
    }
    stale = await _put(person, {}, first.headers["etag"])
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert (await person.put(PATH, json={"mail": {}})).status_code == 428


async def test_of_two_choices_made_at_once_one_is_kept_and_the_other_is_told(given: Given):
    person = await given.member()
    for round in range(5):
        tag = (await person.get(PATH)).headers["etag"]
        wanted = [{"progress": "digest", "messages": "never"}, {"progress": "never", "engagements": "digest"}]
        if round % 2:
            wanted = [{"messages": "digest"}, {"engagements": "never"}]
        answered = await asyncio.gather(*(_put(person, each, tag) for each in wanted))
        assert sorted(each.status_code for each in answered) == [200, 412]
        (kept,) = [each.json() for each in answered if each.status_code == 200]
        assert (await person.get(PATH)).json() == kept


@pytest.mark.parametrize("mode", ["digest", "never"])
async def test_what_is_mandatory_cannot_be_chosen_away(given: Given, mode):
    person = await given.member()
    answered = await _put(person, {"mandatory": mode, "progress": "never"})
    assert answered.status_code == 422
    (flaw,) = answered.json()["errors"]
    assert (flaw["pointer"], flaw["rule"]) == ("/mail/mandatory", "mandatory-class")
    assert (await person.get(PATH)).json()["mail"]["progress"] == "now"


async def test_a_side_has_its_own_classes_and_a_machine_has_none(given: Given):
    person, reviewer = await given.member(), await given.staff("reviewer")
    for who, name in ((person, "review"), (person, "pigeons"), (reviewer, "progress")):
        answered = await _put(who, {name: "never"})
        assert answered.status_code == 422
        assert answered.json()["errors"][0]["rule"] == "no-such-class"
    for sent in ({"progress": "later"}, {"": "now"}):
        assert (await _put(person, sent)).status_code == 422


async def _foreseen(given: Given, by: Person, number: str, name: str, **arguments):
    body = {"name": name, **arguments}
    answered = await by.post(f"{REQUESTS}/{number}/transitions?preview=true", json=body)
    assert answered.status_code == 200, answered.text
    return answered.json()["letters"]


@pytest.mark.parametrize("mode", Mode)
async def test_an_act_mails_as_its_preview_said_and_the_mailbox_has_it_whatever_was_chosen(
    given: Given, mode: Mode
):
    person, desk = await given.member(), await given.desk()
    await prefer(person, progress=mode)
    number = (await given.submitted(person))["number"]
    await mailed(given)
    arguments = {"lead_center": "CBER", "lead_reviewer_id": str(desk.lead.id)}
    foreseen = await _foreseen(given, desk.coordinator, number, "accept", **arguments)
    assert {(each["to"], each["template"], each["channel"], each["mode"]) for each in foreseen} == {
        (person.email, "assessment_begun", "mail", mode.value),
        (desk.lead.email, "assigned", "mail", "now"),
    }
    assert (await given.move(desk.coordinator, number, "accept", **arguments)).status_code == 200
    sent = await mailed(given)
    now = sorted(each["to"] for each in foreseen if each["mode"] == "now")
    assert sorted(str(each["To"]) for each in sent) == now
    (receipt,) = await receipts_of(given, person, "assessment_begun")
    assert (receipt.notified_at is not None) == (mode is Mode.NOW)


async def test_the_program_chooses_too(given: Given):
    person, desk = await given.member(), await given.desk()
    await prefer(desk.lead, review="never")
    await prefer(desk.signatory, sign_offs="never")
    number = (await given.asked(person, desk))["number"]
    answers = [{"question": 1, "text": "Three lots."}, {"question": 2, "text": "We did."}]
    assert (await given.move(person, number, "respond", answers=answers)).status_code == 200
    await given.rated(desk, number)
    context = {"outcome": "designate", "context_of_use": "Tablets."}
    assert (await given.move(desk.lead, number, "recommend", **context)).status_code == 200
    decided = await given.move(desk.signatory, number, "designate", **DECISIONS["designate"])
    assert decided.status_code == 200, decided.text
    sent = await mailed(given)
    mandatory = [f"{number}: you are its lead reviewer", f"{number}: answers received"]
    assert subjects(to(desk.lead, sent)) == mandatory
    assert to(desk.signatory, sent) == []
    told = {each.template for each in await receipts_of(given, desk.lead)}
    assert {"assigned", "answers_received", "decision_made_inside"} <= told


async def _letter(given: Given, person: Person, desk: Desk):
    await given.under_assessment(person, desk)
    (mail,) = [each for each in to(person, await mailed(given)) if each["List-Unsubscribe"]]
    return mail


async def test_one_click_in_a_letter_stops_its_kind_and_looking_stops_nothing(given: Given):
    person, desk = await given.member(), await given.desk()
    mail = await _letter(given, person, desk)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip("<>")
    path = link.removeprefix(given.runtime.settings.public_url)
    for _ in range(2):
        looked = await given.client.get(path)
        assert looked.json() == {"channel": "mail", "stops": ["progress"], "done": False}
    assert (await person.get(PATH)).json()["mail"]["progress"] == "now"
    for _ in range(2):  # as mail programs do it: a form, no credential, perhaps twice
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        done = await given.client.post(path, content=b"List-Unsubscribe=One-Click", headers=form)
        assert (done.status_code, done.json()["done"]) == (200, True)
    mail_modes = (await person.get(PATH)).json()["mail"]
    assert mail_modes.pop("progress") == "never"
    assert set(mail_modes.values()) == {"now"}


async def test_a_token_of_ours_alone_stops_anything(given: Given):
    person, desk = await given.member(), await given.desk()
    mail = await _letter(given, person, desk)
    path = str(mail["List-Unsubscribe"]).strip("<>").removeprefix(given.runtime.settings.public_url)
    place, _, token = path.rpartition("/")
    sealed, _, scope = token.partition(".")
    for wrong in (
        f"{sealed}.messages",
        f"{sealed}.mandatory",
        f"{'A' * 43}.{scope}",
        f"{sealed[:-1]}{'B' if sealed[-1] != 'B' else 'C'}.{scope}",
    ):
        for method in ("GET", "POST"):
            answered = await given.client.request(method, f"{place}/{wrong}")
            assert answered.status_code == 404, wrong
    assert set((await person.get(PATH)).json()["mail"].values()) == {"now"}


def test_no_class_of_one_side_is_named_to_the_other():
    sides = [set(classes_for(each)) for each in Audience]
    assert sides[0] & sides[1] == {EventClass.MANDATORY, EventClass.MESSAGES}

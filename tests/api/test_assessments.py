"""Assessments: criteria rated on evidence, what stands beside them, and who dissents."""

import json

import pytest

from app.domain import exact_json
from app.domain.criteria import RULES_OF, Criterion
from app.domain.lifecycle import State
from app.services import assessing
from app.store import requests
from tests import desk
from tests.desk import PATH, rating
from tests.domain.rules import given_content
from tests.given import Given, sound_content


async def _cast(given: Given):
    owner, reviewer = await given.member(), await given.staff("reviewer")
    number = (await given.submitted(owner))["number"]
    await desk.put(given, number, State.UNDER_ASSESSMENT)
    return owner, reviewer, number


async def test_beside_each_rating_stand_the_findings_on_it_and_the_figures_of_its_evidence(given: Given):
    owner, reviewer = await given.member(), await given.staff("reviewer")
    content = given_content.changed(sound_content(), {"scalability/targets": given_content.GONE})
    draft = await given.draft(owner, json.loads(exact_json.encode(content)))
    blocking = (await owner.get(f"{PATH}/{draft['number']}/readiness")).json()["findings"]
    gaps = [{"rule": each, "reason": "Later."} for each in {one["rule"] for one in blocking}]
    filed = await given.move(owner, draft["number"], "submit", acknowledged_gaps=gaps)
    assert filed.status_code == 200, filed.text
    await desk.put(given, draft["number"], State.UNDER_ASSESSMENT)
    ratings = [rating("novelty", "unclear", ()), rating("scalability", "not_met", ("ev-0",))]
    await desk.assess(reviewer, draft["number"], *ratings, recommendation="deny")
    report = (await reviewer.get(f"{PATH}/{draft['number']}/readiness")).json()
    [kept] = await desk.items(reviewer, f"{PATH}/{draft['number']}/assessments")
    novelty, scalability = kept["ratings"]
    assert {each["rule"] for each in scalability["findings"]} >= {"SC-01"}
    for shown, criterion in ((novelty, Criterion.NOVELTY), (scalability, Criterion.SCALABILITY)):
        of_it = [each for each in report["findings"] if each["rule"] in RULES_OF[criterion]]
        assert shown["findings"] == of_it
    assert novelty["computed"] == {}
    figures = [each for each in report["computed"]["success"] if each["evidence"] == "ev-0"]
    assert scalability["computed"]["success"] == figures
    assert (kept["recommendation"], kept["superseded"], kept["outdated"], kept["dissent"]) == (
        "deny",
        False,
        False,
        False,
    )


async def test_a_later_one_by_the_same_person_stands_in_place_of_the_earlier_which_stays(given: Given):
    _, reviewer, number = await _cast(given)
    other = await given.staff("reviewer")
    for verdict in ("unclear", "met"):
        await desk.assess(reviewer, number, rating("quality", verdict))
    await desk.assess(other, number, rating("quality", "not_met"))
    kept = await desk.items(reviewer, f"{PATH}/{number}/assessments")
    assert [(each["ratings"][0]["rating"], each["superseded"]) for each in kept] == [
        ("unclear", True),
        ("met", False),
        ("not_met", False),
    ]


async def test_dissent_is_what_stands_and_differs_from_the_leads_latest(given: Given):
    _, lead, number = await _cast(given)
    coordinator, like = await given.staff("coordinator"), await given.staff("reviewer")
    unlike, silent = await given.staff("reviewer"), await given.staff("reviewer")
    await desk.assign(coordinator, number, lead, "lead")
    for someone, outcome in ((lead, "deny"), (unlike, "deny"), (like, "designate"), (silent, None)):
        more = {} if outcome is None else {"recommendation": outcome}
        await desk.assess(someone, number, rating("novelty"), **more)
    at = f"{PATH}/{number}/assessments"

    async def dissenting():
        return {each["person"]["id"] for each in await desk.items(lead, at) if each["dissent"]}

    assert await dissenting() == {str(like.id)}
    await desk.assess(lead, number, rating("novelty"), recommendation="designate")
    assert await dissenting() == {str(unlike.id)}
    await desk.assess(unlike, number, rating("novelty"), recommendation="designate")
    assert await dissenting() == set()


async def test_one_made_on_an_earlier_version_is_marked_and_the_report_is_that_of_the_present_one(
    given: Given,
):
    _, reviewer, number = await _cast(given)
    await desk.assess(reviewer, number, rating("quality"))
    amended = given_content.changed(sound_content(), {"criteria/quality": given_content.GONE})
    columns = {"version": 2, "content": exact_json.stored(amended), "content_digest": "d" * 64}
    await desk.put(given, number, State.UNDER_ASSESSMENT, **columns)
    await desk.assess(reviewer, number, rating("quality"))
    old, new = await desk.items(reviewer, f"{PATH}/{number}/assessments")
    assert (old["version"], old["outdated"], new["version"], new["outdated"]) == (1, True, 2, False)
    for each in (old, new):
        assert "RC-04" in {finding["rule"] for finding in each["ratings"][0]["findings"]}


@pytest.mark.parametrize(
    ("ratings", "pointer", "rule"),
    [
        ([rating("novelty"), rating("novelty")], "/ratings/1/criterion", "twice"),
        ([rating("novelty", "met", ("ev-0", "ev-404"))], "/ratings/0/evidence/1", "no-such-evidence"),
        ([rating("novelty", "unclear", ("ev-404",))], "/ratings/0/evidence/0", "no-such-evidence"),
        ([rating("novelty", "met", ())], "/ratings/0/evidence", "met-without-evidence"),
        ([rating("beauty")], "/ratings/0/criterion", None),
        ([rating("novelty", "splendid")], "/ratings/0/rating", None),
        ([], "/ratings", None),
    ],
)
async def test_what_cannot_be_rated_is_said_member_by_member(given: Given, ratings, pointer, rule):
    _, reviewer, number = await _cast(given)
    refused = await reviewer.post(f"{PATH}/{number}/assessments", json={"ratings": ratings})
    assert refused.status_code == 422
    [flaw] = refused.json()["errors"]
    assert flaw["pointer"] == pointer
    assert rule in (None, flaw["rule"])
    assert await desk.items(reviewer, f"{PATH}/{number}/assessments") == []


@pytest.mark.parametrize("state", State)
async def test_a_request_is_assessed_from_acceptance_until_the_decision(given: Given, state):
    _, reviewer, number = await _cast(given)
    await desk.put(given, number, state)
    body = {"ratings": [rating("novelty")]}
    answered = await reviewer.post(f"{PATH}/{number}/assessments", json=body)
    is_open = state in {State.UNDER_ASSESSMENT, State.INFORMATION_REQUESTED, State.RECOMMENDED}
    assert answered.status_code == (201 if is_open else 409)


async def test_only_reviewers_assess_and_other_staff_reads(given: Given):
    owner, _, number = await _cast(given)
    at, body = f"{PATH}/{number}/assessments", {"ratings": [rating("novelty")]}
    for role in ("coordinator", "signatory", "counsel", "auditor"):
        someone = await given.staff(role)
        assert (await someone.post(at, json=body)).status_code == 403
        assert (await someone.get(at)).status_code == 200
    assert (await owner.get(at)).status_code == 404
    assert (await owner.post(at, json=body)).status_code == 404


async def test_what_was_assessed_over_the_api_is_what_a_recommendation_looks_at(given: Given):
    _, reviewer, number = await _cast(given)
    await desk.assess(reviewer, number, *(rating(each.value) for each in Criterion if each != "quality"))
    async with given.runtime.database.reading() as db:
        query = requests.WHOLE.where(requests.requests.c.number == number)
        found = requests.DesignationRequest.of((await db.execute(query)).one())
        [reason] = await assessing.unrated(db, found, reviewer.id)
        kept = await assessing.latest(db, found.id, reviewer.id)
    assert (reason.code, kept.version) == ("criterion-unrated", 1)

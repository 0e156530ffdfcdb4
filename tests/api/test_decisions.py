"""Decisions: who may sign one, what it leaves, who wins a race, and what setting one aside does not do."""

import asyncio

import pytest

from app.domain import exact_json
from tests.given import CONTEXT, DECISIONS, FACTORS, Given

PATH = "/v1/designation-requests"


async def test_of_fifty_decisions_at_once_one_wins_and_the_others_are_told_why(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.recommended(person, desk))["number"]
    signatories = [await given.staff("signatory") for _ in range(5)]
    names = ["designate", "deny"] * 25
    answered = await asyncio.gather(
        *(
            given.move(signatories[place % 5], number, name, **DECISIONS[name])
            for place, name in enumerate(names)
        )
    )
    won = [name for name, each in zip(names, answered, strict=True) if each.status_code == 200]
    assert len(won) == 1
    lost = {(each.status_code, each.json()["code"]) for each in answered if each.status_code != 200}
    assert lost == {(409, "no-such-transition")}
    at = f"{PATH}/{number}"
    kept = (await desk.lead.get(f"{at}/decision")).json()
    assert (kept["n"], kept["earlier"]) == (1, [])
    assert kept["outcome"] == {"designate": "designated", "deny": "not_designated"}[won[0]]
    held = (await person.get("/v1/designations")).json()["items"]
    assert len(held) == (1 if won == ["designate"] else 0)
    acts = [each["what"] for each in (await person.get(f"{at}/timeline")).json()["items"]]
    assert acts.count("designated") + acts.count("denied") == 1


async def test_whoever_led_the_review_once_does_not_sign_its_decision(given: Given):
    person, desk = await given.member(), await given.desk()
    both = await given.staff("reviewer", "signatory")
    filed = await given.submitted(person)
    at, number = f"{PATH}/{filed['number']}", filed["number"]
    await given.move(desk.coordinator, number, "accept", lead_center="CBER", lead_reviewer_id=str(both.id))
    handed = await desk.coordinator.post(
        f"{at}/assignments", json={"person_id": str(desk.lead.id), "part": "lead"}
    )
    assert handed.status_code == 201, handed.text
    await given.rated(desk, number)
    await given.move(desk.lead, number, "recommend", outcome="designate", context_of_use=CONTEXT)
    refused = await given.move(both, number, "designate", **DECISIONS["designate"])
    assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
    listed = {each["name"]: each for each in (await both.get(f"{at}/actions")).json()["items"]}
    assert [each["code"] for each in listed["designate"]["reasons"]] == ["was-lead-reviewer"]
    assert (
        await given.move(desk.signatory, number, "designate", **DECISIONS["designate"])
    ).status_code == 200


async def test_a_signatory_with_a_declared_conflict_finds_nothing_to_sign(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.recommended(person, desk))["number"]
    declared = await desk.signatory.post(f"{PATH}/{number}/conflicts", json={"reason": "Shares."})
    assert declared.status_code == 201, declared.text
    refused = await given.move(desk.signatory, number, "designate", **DECISIONS["designate"])
    assert refused.status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"factors": {**FACTORS, "quality": "excellent"}}, "/factors/quality"),
        (
            {"factors": {name: code for name, code in FACTORS.items() if name != "comparator"}},
            "/factors/comparator",
        ),
        ({"reasons": []}, "/reasons"),
        ({"reasons": ["unlikely"]}, "/reasons/0"),
        ({"rationale": ""}, "/rationale"),
        ({"signature": None}, "/signature"),
    ],
)
async def test_a_denial_is_coded_reasoned_and_signed_or_refused(sqlite_given: Given, change, pointer):
    person, desk = await sqlite_given.member(), await sqlite_given.desk()
    number = (await sqlite_given.recommended(person, desk, "deny"))["number"]
    refused = await sqlite_given.move(desk.signatory, number, "deny", **{**DECISIONS["deny"], **change})
    assert refused.status_code == 422
    assert pointer in [each["pointer"].replace("/deny", "") for each in refused.json()["errors"]]


async def test_a_wrong_password_decides_nothing(sqlite_given: Given):
    person, desk = await sqlite_given.member(), await sqlite_given.desk()
    number = (await sqlite_given.recommended(person, desk))["number"]
    signature = {"printed_name": "S", "meaning": "approval", "step_up": "not.mine"}
    refused = await sqlite_given.move(
        desk.signatory, number, "designate", **DECISIONS["designate"], signature=signature
    )
    assert refused.status_code == 403
    assert (await desk.lead.get(f"{PATH}/{number}")).json()["state"] == "recommended"


async def test_the_manifest_of_a_decision_says_all_that_was_decided_on(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.decided_after_questions(person, desk, "deny"))["number"]
    kept = (await desk.signatory.get(f"{PATH}/{number}/decision")).json()
    signed = kept["signed"]
    assert signed["factors"]["rounds_of_questions"] == 1
    assert signed["factors"]["scale_evidence"]["phase"]
    assert signed["recommendation"]["outcome"] == "deny"
    assert signed["reasons"] == ["quality_not_shown"]
    receipt = (await person.get(f"{PATH}/{number}/receipt")).json()["receipt"]
    assert signed["snapshot_sha256"] == receipt["snapshot_sha256"]
    assert kept["signature"]["sha256"] == exact_json.sha256(exact_json.canonical(signed))
    outside = (await person.get(f"{PATH}/{number}/decision")).json()
    assert not {"signed", "factors", "decided_by"} & outside.keys()
    assert outside["signature"] == kept["signature"]


async def test_setting_a_denial_aside_keeps_it_and_its_letter_and_never_restarts_the_clock(given: Given):
    person, desk, other = await given.member(), await given.desk(), await given.staff("signatory")
    number = (await given.decided(person, desk, "deny"))["number"]
    at = f"{PATH}/{number}"
    decided = (await person.get(at)).json()
    letter = (await person.get(f"{at}/decision/letter")).text
    given.runtime.now.move(days=30)
    own = await given.move(desk.signatory, number, "set_aside", note="Another margin.")
    assert own.status_code == 403
    set_aside = await given.move(other, number, "set_aside", note="The margin was read wrongly.")
    assert set_aside.status_code == 200, set_aside.text
    seen = (await person.get(at)).json()
    assert (seen["status"], seen["ended_on"]) == ("under_assessment", decided["ended_on"])
    assert seen["statutory_due_on"] == decided["statutory_due_on"]
    clock = (await person.get(f"{at}/clock")).json()
    assert clock["program_target_on"] == "2026-08-30"
    assert [each["kind"] for each in clock["entries"]] == ["running", "running", "ended", "ended"]
    earlier = (await person.get(f"{at}/decision")).json()
    assert (earlier["outcome"], earlier["set_aside"]) == ("not_designated", True)
    await given.rated(desk, number)
    await given.move(desk.lead, number, "recommend", outcome="designate", context_of_use=CONTEXT)
    again = await given.move(desk.signatory, number, "designate", **DECISIONS["designate"])
    assert again.status_code == 200, again.text
    assert again.json()["ended_on"] == decided["ended_on"]
    newest = (await person.get(f"{at}/decision")).json()
    assert (newest["n"], newest["outcome"], newest["earlier"]) == (2, "designated", [1])
    assert (await person.get(f"{at}/decision/letter?n=1")).text == letter
    assert (await person.get(f"{at}/decision?n=3")).status_code == 404


async def test_a_recommendation_says_which_criterion_is_unrated(given: Given):
    person, desk = await given.member(), await given.desk()
    number = (await given.under_assessment(person, desk))["number"]
    listed = {
        each["name"]: each for each in (await desk.lead.get(f"{PATH}/{number}/actions")).json()["items"]
    }
    assert [each["code"] for each in listed["recommend"]["reasons"]] == ["criterion-unrated"] * 5
    refused = await given.move(desk.lead, number, "recommend", outcome="deny", context_of_use=CONTEXT)
    assert refused.status_code == 409
    assert len(refused.json()["reasons"]) == 5


@pytest.mark.parametrize(("target", "rule"), [("2026-05-31", "past"), ("9999-12-31", "too-far")])
async def test_the_target_of_a_new_review_lies_neither_behind_nor_beyond_all_measure(
    given: Given, target, rule
):
    desk = await given.desk()
    number = (await given.decided(await given.member(), desk, "deny"))["number"]
    other = await given.staff("signatory")
    moved = await given.move(other, number, "set_aside", note="Anew.", program_target_on=target)
    assert moved.status_code == 422
    assert [each["rule"] for each in moved.json()["errors"]] == [rule]
    assert (await other.get(f"{PATH}/{number}")).json()["state"] == "not_designated"

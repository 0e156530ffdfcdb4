"""The reviews of the samples: that each fits its sample, its workflow and its clock."""

import json
import re

import pytest
from pydantic import TypeAdapter

from app.api.move_shapes import TransitionIn
from app.domain.calendars import LAST_DAY_FOR_QUESTIONS, STATUTORY_DAYS
from app.domain.criteria import Criterion, evidence_keys
from app.domain.lifecycle import STATUS_OF, TRANSITIONS, State
from app.samples import load
from app.samples.review import reviews
from tests.samples.test_samples import REAL_NAMES

BY_SLUG = {sample.slug: sample for sample in load()}
REVIEWS = reviews()
MOVES = TypeAdapter(TransitionIn)
GOOD = {"adequate", "adequate_with_warnings"}


def acts(slug, *moves):
    return [act for act in REVIEWS[slug].acts if act.move in moves]


def test_whatever_is_filed_is_reviewed_and_nothing_else():
    filed = {slug for slug, each in BY_SLUG.items() if each.expected.result in GOOD or each.acknowledged_gaps}
    assert set(REVIEWS) == filed


@pytest.mark.parametrize("slug", REVIEWS)
def test_the_moves_of_a_review_lead_to_where_it_ends(slug):
    state = State.SUBMITTED
    for act in REVIEWS[slug].acts:
        if act.move == "assess":
            continue
        transition = TRANSITIONS[act.move]
        if act.move == "respond" and state is State.UNDER_ASSESSMENT:
            assert act.day > acts(slug, "request_information")[-1].dates["reply_by"]
        elif state is State.INFORMATION_REQUESTED and act.move == "respond" and is_late(slug, act):
            state = State.UNDER_ASSESSMENT  # the reply date passed in between
        assert state in transition.sources, (slug, act.move)
        assert ("signature" in transition.requires) == (act.signs is not None)
        state = transition.target
    assert STATUS_OF[state].value == REVIEWS[slug].ends


def is_late(slug, answer):
    asked = [act for act in acts(slug, "request_information") if act.day <= answer.day]
    return answer.day > asked[-1].dates["reply_by"]


@pytest.mark.parametrize("slug", REVIEWS)
def test_days_follow_each_other_inside_the_statutory_clock(slug):
    days = [act.day for act in REVIEWS[slug].acts]
    assert days == sorted(days)
    assert days[-1] < STATUTORY_DAYS
    for act in acts(slug, "request_information"):
        assert act.day < act.dates["reply_by"] <= LAST_DAY_FOR_QUESTIONS


@pytest.mark.parametrize("slug", REVIEWS)
def test_what_is_sent_has_the_shape_of_its_transition(slug):
    for act in REVIEWS[slug].acts:
        if act.move == "assess":
            continue
        dates = dict.fromkeys(act.dates, "2026-12-01")
        people = dict.fromkeys(act.people, "0195c1d2-0000-7000-8000-000000000000")
        MOVES.validate_python({"name": act.move, **act.body, **dates, **people})


@pytest.mark.parametrize("slug", REVIEWS)
def test_ratings_cover_the_criteria_and_cite_the_samples_own_evidence(slug):
    keys = set(evidence_keys(BY_SLUG[slug].content))
    for act in acts(slug, "assess"):
        ratings = act.body["ratings"]
        assert {each["criterion"] for each in ratings} == set(Criterion)
        assert all(each["evidence"] and keys.issuperset(each["evidence"]) for each in ratings)


@pytest.mark.parametrize("slug", REVIEWS)
def test_nobody_decides_what_they_led_and_nobody_sets_aside_what_they_decided(slug):
    leads = {act.by for act in acts(slug, "recommend")}
    assert leads.isdisjoint(act.by for act in acts(slug, "designate", "deny", "set_aside"))
    for act in acts(slug, "set_aside"):
        assert act.by not in {decided.by for decided in acts(slug, "deny")}


def test_the_outcomes_are_spread_as_a_demonstration_needs_them():
    ends = [review.ends for review in REVIEWS.values()]
    assert ends.count("designated") > len(ends) / 2
    assert {"not_designated", "withdrawn", "rejected"} <= set(ends)
    moves = {slug: [act.move for act in review.acts] for slug, review in REVIEWS.items()}
    for telling in ("reinstate", "return_to_assessment", "set_aside"):
        assert any(telling in each for each in moves.values()), telling
    [twice] = [slug for slug, each in moves.items() if each.count("request_information") == 2]
    first, second = acts(twice, "respond")
    assert "content" in first.body
    assert not is_late(twice, first)
    assert is_late(twice, second)


def test_rationales_are_of_their_sample_alone():
    texts = [
        rating["rationale"]
        for slug in REVIEWS
        for rating in {
            each["criterion"]: each for act in acts(slug, "assess") for each in act.body["ratings"]
        }.values()
    ]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("name", REAL_NAMES)
def test_no_real_name_stands_in_a_review(name):
    words = json.dumps([review.model_dump(mode="json") for review in REVIEWS.values()], ensure_ascii=False)
    assert not re.search(rf"\b{re.escape(name)}\b", words, re.IGNORECASE)

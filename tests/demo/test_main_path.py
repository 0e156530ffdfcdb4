"""The whole demonstration against a real server process: every sample to its end."""

import json

import httpx2
import pytest

from app.demo import demonstrate
from app.samples import load
from app.samples.review import reviews


def test_every_sample_ends_where_its_rules_and_its_review_say(tmp_path, capfd):
    assert demonstrate(None, tmp_path, machine=True) == 0
    shown = json.loads(capfd.readouterr().out)
    items = {item["slug"]: item for item in shown["items"]}
    assert set(items) == {sample.slug for sample in load()}
    for sample in load():
        item, review = items[sample.slug], reviews().get(sample.slug)
        assert item["result"] == sample.expected.result, sample.slug
        assert item["acknowledged"] == [gap.rule for gap in sample.acknowledged_gaps], sample.slug
        assert item["status"] == (review.ends if review else "draft"), sample.slug
        assert item["receipt_holds"] is (True if review else None), sample.slug
        if review is not None:
            shows_its_review(item, review)
    letters = sorted(path.name for path in tmp_path.glob("demo/*/letters/*.pdf"))
    assert len(letters) == sum(len(item.get("decisions", ())) for item in items.values())
    with pytest.raises(httpx2.ConnectError):  # its own server is gone afterwards
        httpx2.get(f"{shown['base_url']}/healthz", trust_env=False)


def shows_its_review(item, review):
    decided = [act for act in review.acts if act.move in {"designate", "deny"}]
    assert [each["day"] for each in item["decisions"]] == [act.day for act in decided]
    assert all(each["letter_holds"] for each in item["decisions"])
    assert all(each["set_aside"] for each in item["decisions"][:-1])
    assert item["ended_on_day"] == review.acts[-1].day
    assert (item["designation"] is not None) == (review.ends == "designated")
    asked = [act for act in review.acts if act.move == "request_information"]
    assert len(item["rounds_of_questions"]) == len(asked)
    amended = [act for act in review.acts if act.move == "respond" and "content" in act.body]
    assert item["version"] == 1 + len(amended)

"""The whole demonstration against a real server process: every sample over the main path."""

import json

import httpx2
import pytest

from app.demo import demonstrate
from app.samples import load


def test_every_sample_ends_where_its_rules_say(tmp_path, capfd):
    assert demonstrate(None, tmp_path, machine=True) == 0
    shown = json.loads(capfd.readouterr().out)
    items = {item["slug"]: item for item in shown["items"]}
    assert set(items) == {sample.slug for sample in load()}
    for sample in load():
        item = items[sample.slug]
        acknowledged = [gap.rule for gap in sample.acknowledged_gaps]
        good = sample.expected.result in {"adequate", "adequate_with_warnings"}
        assert item["result"] == sample.expected.result, sample.slug
        assert item["acknowledged"] == acknowledged, sample.slug
        assert item["status"] == ("received" if good or acknowledged else "draft"), sample.slug
        assert item["receipt_holds"] is (True if good or acknowledged else None), sample.slug
    with pytest.raises(httpx2.ConnectError):  # its own server is gone afterwards
        httpx2.get(f"{shown['base_url']}/healthz", trust_env=False)

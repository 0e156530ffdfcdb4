"""The README says what is so: its generated parts, its length, and the places it points to."""

import re
from pathlib import Path

from docs.generate import README, generated

ROOT = Path(__file__).parents[2]


def test_the_diagram_and_the_settings_are_those_of_the_code():
    text = README.read_text(encoding="utf-8")
    assert generated(text) == text, "run python -m docs.generate"


def test_a_stale_part_would_be_noticed():
    text = README.read_text(encoding="utf-8")
    assert generated(text.replace("--> submitted: submit", "--> submitted: send")) == text


def test_it_is_short_and_points_to_what_exists():
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 150
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
    for path in re.findall(r"`(app/[a-z_/.]+|tests/[a-z_/]+|docs/[a-z_.]+)`", text):
        assert (ROOT / path).exists(), path

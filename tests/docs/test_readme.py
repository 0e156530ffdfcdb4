"""The pages say what is so: their generated parts, their length, and the places they point to."""

import re
from pathlib import Path

import pytest

from app.client import Client
from app.client.webhooks import NotADelivery
from docs.generate import INTEGRATORS, PAGES, PARTS, README, generated

ROOT = Path(__file__).parents[2]
LONGEST = {README: 150, INTEGRATORS: 270}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_comes_from_the_code_is_as_the_code_has_it(page):
    text = page.read_text(encoding="utf-8")
    assert generated(text) == text, "run python -m docs.generate"


def test_every_part_stands_on_a_page():
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    assert [name for name in PARTS if not any(f"<!-- {name} -->" in text for text in texts)] == []


@pytest.mark.parametrize(
    ("page", "said", "otherwise"),
    [(README, "--> submitted: submit", "--> submitted: send"), (INTEGRATORS, "14 h later", "15 h later")],
)
def test_a_stale_part_would_be_noticed(page, said, otherwise):
    text = page.read_text(encoding="utf-8")
    assert said in text
    assert generated(text.replace(said, otherwise)) == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_it_is_short_and_points_to_what_exists(page):
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) < LONGEST[page]
    for target in re.findall(r"\]\((?!https:)([^)#]+)\)", text):
        assert (page.parent / target).exists(), target
    for path in re.findall(r"`(app/[a-z_/.]+|tests/[a-z_/]+|docs/[a-z_./]+)`", text):
        assert (ROOT / path).exists(), path


def test_the_page_for_integrators_names_what_the_client_has():
    text = INTEGRATORS.read_text(encoding="utf-8")
    _, _, covered = text.partition("covers the main path:")
    named = re.findall(r"`([a-z_]+)`", covered.partition("\n- ")[0])
    public = {name for name in dir(Client) if not name.startswith("_")}
    assert set(named) == public
    assert all(part in text for part in NotADelivery.PARTS)

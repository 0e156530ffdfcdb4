"""The sender's own words are told from those they quote, and none are lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.mails import quoting
from app.domain.mails.quoting import REPLY_LINE

DATED = "On Mon, 23 Nov 2026 at 09:30, Intake desk"
EARLIER = "> Please send the batch records.\n> Thank you."


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Here they are.", "Here they are."),
        (f"Here they are.\n\n{DATED} <x@y.example> wrote:\n{EARLIER}", "Here they are."),
        (f"Here they are.\n\n{DATED}\n<x@y.example> wrote:\n\n{EARLIER}", "Here they are."),
        ("Here they are.\n\nOn Monday the desk wrote:\nPlease send the batch records.", "Here they are."),
        (f"On Monday the desk wrote:\n{EARLIER}\n\nHere they are.", "Here they are."),
        (f"{EARLIER}\n\nHere they are.", "Here they are."),
        ("> First?\nYes.\n> Second?\nNo.", "Yes.\nNo."),
        ("Here they are.\n\n-----Original Message-----\nFrom: x\nText", "Here they are."),
        ("Here they are.\n________________________________\nFrom: x\nText", "Here they are."),
        (f"Here they are.\n\n{REPLY_LINE}\nWhat we wrote.", "Here they are."),
        (f"Here they are.\n\n> {REPLY_LINE}\n> What we wrote.", "Here they are."),
        ("Am Montag schrieb das Amt:\n> Bitte.\nHier.", "Hier."),
        ("On balance I agree.\nIt is fine.", "On balance I agree.\nIt is fine."),
    ],
)  # fmt: skip
def test_own_words_are_found(text: str, own: str):
    assert quoting.split(text).own == own


def test_a_mail_that_only_quotes_says_what_it_quotes():
    assert quoting.split(EARLIER).own == EARLIER


_LINE = st.sampled_from(
    [
        "own",
        "> quoted",
        "",
        "On Monday the desk wrote:",
        "On Monday",
        "wrote:",
        REPLY_LINE,
        "-----Original Message-----",
    ]
)


@given(st.lists(_LINE, max_size=12))
def test_every_line_is_kept_on_one_side(lines: list[str]):
    said = quoting.split("\n".join(lines))
    kept = [line for part in (said.own, said.quoted) for line in part.split("\n") if line]
    assert sorted(kept) == sorted(line for line in lines if line)

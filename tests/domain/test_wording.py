"""What every template owes its reader: a way to what it tells of, and one day that is no days."""

from importlib import resources

import pytest

from app.domain.wording import FIRST, version_of, worded

# These name a number and link to nothing, since the link would be none for somebody who reads them. Their letters end
# with the place of the message in the reader's mailbox.
LINKLESS = {
    "draft_expired": "There is nothing any more.",
    "mail_claim_renewed": "Its link is the claim: until then nobody opens the request.",
    "designation_authorization_over": "Whoever was authorized sees no designation that has ended.",
    "designation_authorization_revoked": "The party sees it no more, or has no account.",
    "designation_transfer_closed": "Whom it was offered to sees it no more.",
    "designation_transferred": "The holder before sees it no more.",
}

WORDS = {"number": "AMT-2026-00001", "link": "http://t/x", "round": "1"}
DATES = {"due": "2026-12-31", "reply_by": "2026-12-31"}


@pytest.mark.parametrize("template", ["due_soon", "overdue", "reply_reminder"])
@pytest.mark.parametrize(
    ("days", "counted", "wrong"), [("1", "1 day", "1 days"), ("0", "", "0 day"), ("30", "30 days", "30 day ")]
)
def test_one_day_is_told_as_one(template, days, counted, wrong):
    if (template, days) == ("overdue", "0"):
        return  # it is overdue from the day after
    said = worded(template, {**WORDS, **DATES, "days": days}, version_of(template))
    told = f"{said.subject}\n{said.text}"
    assert counted in told
    assert wrong not in told


def test_the_subjects_of_reminders_read_as_people_write():
    asked = [("due_soon", "1"), ("due_soon", "14"), ("due_soon", "0"), ("overdue", "1"), ("overdue", "2")]
    subjects = {
        worded(template, {**WORDS, **DATES, "days": days}, version_of(template)).subject
        for template, days in asked
    }
    assert subjects == {
        "AMT-2026-00001: due in 1 day",
        "AMT-2026-00001: due in 14 days",
        "AMT-2026-00001: due today",
        "AMT-2026-00001: overdue by 1 day",
        "AMT-2026-00001: overdue by 2 days",
    }


def test_whoever_is_told_of_a_number_has_a_link_to_it():
    told, linked = set(), set()
    folder = resources.files("app.domain.wording")
    for name in {each.name.split(".")[0] for each in folder.iterdir() if each.name.endswith(".txt")}:
        version = version_of(name)
        file = f"{name}.txt" if version == FIRST else f"{name}.{version}.txt"
        text = folder.joinpath(file).read_text()
        told |= {name} if "$number" in text else set()
        linked |= {name} if "$link" in text else set()
    assert told - linked == set(LINKLESS)

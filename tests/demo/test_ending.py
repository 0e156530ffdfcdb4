"""What came of a request, as the demonstration reads it, and how it is shown."""

import io
import json

import httpx2
import pytest
from rich.console import Console

from app.demo.demonstration import Filed, Signer
from app.demo.ending import ending_of
from app.demo.intake import Intake
from app.demo.report import Case, as_json, as_table
from app.domain import exact_json
from app.samples import load
from app.samples.review import Review

AT = "/v1/designation-requests/AMT-2026-00007"
SIGNED = {"outcome": "designated", "n": 2}
DIGEST = exact_json.sha256(exact_json.canonical(SIGNED))
REVIEW = Review(shows="That it can be tested.", ends="designated", acts=())


class Server:
    """Answers as the intake does for one request that was denied, set aside and designated."""

    def __init__(self, status="designated", ended_on="2027-04-05", page=DIGEST, rounds=()):
        self.status, self.ended_on, self.page, self.rounds = status, ended_on, page, rounds

    def __call__(self, request):
        path, n = request.url.path, request.url.params.get("n", "2")
        if path.endswith("/letter"):
            pdf = request.headers["Accept"] == "application/pdf"
            return httpx2.Response(200, content=b"%PDF-1.7" if pdf else f"<p>{self.page}</p>".encode())
        body = {
            AT: {"status": self.status, "received_on": "2026-12-01", "ended_on": self.ended_on, "version": 2},
            f"{AT}/information-requests": {"items": [{"status": each} for each in self.rounds]},
            f"{AT}/decision": self.decision(int(n)),
            "/v1/designations": {
                "items": [
                    {"number": "AMTD-2027-00002", "designation_request": None},
                    {"number": "AMTD-2027-00001", "designation_request": "AMT-2026-00007"},
                ]
            },
        }[path]
        return httpx2.Response(200, json=body)

    def decision(self, n):
        return {
            "n": n,
            "outcome": "designated" if n == 2 else "not_designated",
            "decided_on": "2027-05-20" if n == 2 else "2027-04-05",
            "context_of_use": "Tablets.",
            "reasons": [] if n == 2 else ["context_unsupported"],
            "signature": {"printed_name": "Lucan Prideaux", "sha256": DIGEST},
            "set_aside": n == 1,
            "letter": f"{AT}/decision/letter?n={n}",
            "signed": SIGNED,
        }

    def ends(self, folder):
        client = httpx2.Client(base_url="http://intake.example", transport=httpx2.MockTransport(self))
        signer = Signer(Intake(client, "applicant"), "Ann Filer", "pw")
        sample = next(each for each in load() if each.slug == "gloveless-robotic-filler")
        filed = Filed(
            sample,
            "AMT-2026-00007",
            "received",
            "gap",
            (),
            ("SC-03",),
            "2026-12-01",
            "2027-05-30",
            True,
            signer,
        )
        return Case(filed, REVIEW, ending_of(filed, Intake(client, "director"), folder))


def test_the_day_is_that_of_the_last_decision_though_the_clock_ended_with_the_first(tmp_path):
    ending = Server().ends(tmp_path / "letters").ending
    assert [(each.outcome, each.day, each.set_aside) for each in ending.decisions] == [
        ("not_designated", 125, True),
        ("designated", 170, False),
    ]
    assert (ending.day, ending.designation) == (170, "AMTD-2027-00001")
    assert all(each.letter_holds for each in ending.decisions)


def test_the_letters_are_kept_by_number_and_decision(tmp_path):
    Server().ends(tmp_path / "letters")
    kept = {path.name: path.read_bytes() for path in (tmp_path / "letters").iterdir()}
    assert kept == {"AMT-2026-00007-1.pdf": b"%PDF-1.7", "AMT-2026-00007-2.pdf": b"%PDF-1.7"}


def test_a_letter_with_another_digest_does_not_hold_and_is_told(tmp_path):
    case = Server(page="another").ends(tmp_path)
    assert not any(each.letter_holds for each in case.ending.decisions)
    assert "2 letters, only 0 verified" in shown(case)


@pytest.mark.parametrize("status", ["withdrawn", "rejected"])
def test_what_ends_without_a_decision_ends_on_the_day_the_clock_ended(tmp_path, status):
    ending = Server(status).ends(tmp_path).ending
    assert (ending.day, ending.decisions) == (125, ())


def test_the_table_shows_outcome_day_designation_questions_and_what_it_is_good_for(tmp_path):
    text = shown(Server(rounds=("answered", "answered_late")).ends(tmp_path))
    for words in (
        "designated",
        "AMTD-2027-00001",
        "170",
        "2, 1 late",
        "That it can be tested.",
        "2 letters, all verified with what was signed",
    ):
        assert words in text


def test_the_table_fits_a_terminal_of_eighty_columns(tmp_path):
    text = shown(Server(rounds=("answered", "answered_late")).ends(tmp_path), width=80)
    assert "AMTD-2027-00001" in text
    assert "2, 1 late" in text


def test_the_json_has_every_decision(tmp_path):
    [item] = json.loads(as_json([Server().ends(tmp_path)], "http://intake.example"))["items"]
    assert item["ended_on_day"] == 170
    assert [each["reasons"] for each in item["decisions"]] == [["context_unsupported"], []]
    assert item["decisions"][1]["signed_by"] == "Lucan Prideaux"


def shown(case, width=120):
    screen = io.StringIO()
    Console(file=screen, width=width).print(as_table([case]))
    return screen.getvalue()

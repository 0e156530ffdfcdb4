"""The review of what was filed, against a server played by a function, so that each answer can be chosen."""

from datetime import date

import httpx2
import pytest

from app.demo.demonstration import Filed, Signer
from app.demo.intake import Intake
from app.demo.program import POSTS, Member, hire
from app.demo.reviewing import Clock, NotReviewed, insist_on_clock, review_all
from app.domain import exact_json
from app.samples import load
from app.samples.review import Act, Review

SAMPLE = load()[0]
ACCEPT = Act(day=4, by="desk", move="accept", people={"lead_reviewer_id": "sterile"})


class Server:
    """Answers every call with the next answer for its last step, or with nothing but success."""

    def __init__(self, **answers):
        self.answers, self.sent = {name: list(each) for name, each in answers.items()}, []

    def __call__(self, request):
        step = request.url.path.rsplit("/", 1)[-1]
        body = exact_json.decode(request.read()) if request.method == "POST" else None
        self.sent.append((step, body))
        queued = self.answers.get(step.replace("-", "_"))
        return queued.pop(0) if queued else httpx2.Response(200, json={"reached": True})

    @property
    def client(self):
        return httpx2.Client(base_url="http://intake.example", transport=httpx2.MockTransport(self))

    def intake(self, key="amtdp_key"):
        return Intake(self.client, key)


def given(server, *, received_on="2026-12-01"):
    signer = Signer(server.intake(), "Ann Filer", "her password")
    filed = Filed(SAMPLE, "AMT-1", "received", "adequate", (), (), received_on, "2027-05-30", True, signer)
    program = {
        post.part: Member(f"id of {post.part}", Signer(server.intake(), post.name, "pw")) for post in POSTS
    }
    return filed, program, Clock(server.intake(), date(2026, 12, 1))


def review(server, *acts, watch=lambda day, filed, act: None, **more):
    filed, program, clock = given(server, **more)
    plan = {SAMPLE.slug: Review(shows="It.", ends="designated", acts=acts)}
    review_all([filed], plan, program, clock, watch)


def test_acts_happen_in_the_order_of_their_days_and_time_passes_once_for_those_of_one_day():
    server, seen = Server(), []
    late, same = Act(day=91, by="applicant", move="withdraw"), Act(day=4, by="sterile", move="assess")
    review(server, late, ACCEPT, same, watch=lambda day, filed, act: seen.append((day, act.move)))
    assert seen == [(4, "accept"), (4, "assess"), (91, "withdraw")]
    assert [step for step, _ in server.sent] == [
        "moves",
        "transitions",
        "assessments",
        "moves",
        "transitions",
    ]


def test_days_become_dates_parts_become_people_and_whoever_signs_signs():
    server = Server()
    ask = Act(
        day=45, by="sterile", move="request_information", body={"questions": []}, dates={"reply_by": 60}
    )
    decide = Act(day=150, by="deputy", move="designate", signs="approval")
    review(server, ACCEPT, ask, decide)
    accepted, asked, decided = (body for step, body in server.sent if step == "transitions")
    assert accepted == {"name": "accept", "lead_reviewer_id": "id of sterile"}
    assert asked == {"name": "request_information", "questions": [], "reply_by": "2027-01-30"}
    assert decided["signature"] == {"printed_name": "Lucan Prideaux", "meaning": "approval", "password": "pw"}


def test_the_clock_is_moved_to_ten_in_new_york_until_it_is_there():
    server = Server(moves=[httpx2.Response(200, json={"reached": False})])
    review(server, Act(day=120, by="desk", move="accept"))
    moves = [body for step, body in server.sent if step == "moves"]
    assert moves == [{"to": "2027-03-31T10:00:00-04:00"}] * 2


def test_what_stayed_a_draft_is_not_reviewed():
    server = Server()
    review(server, ACCEPT, received_on=None)
    assert server.sent == []


def test_a_refusal_is_told_with_its_sample_day_and_move():
    server = Server(transitions=[httpx2.Response(409, json={"detail": "It is decided."})])
    with pytest.raises(NotReviewed, match=rf"{SAMPLE.slug}, day 4, accept: .* It is decided"):
        review(server, ACCEPT)


def test_a_server_without_a_test_clock_is_refused_before_anything_is_filed():
    server = Server(test_clock=[httpx2.Response(404, json={"detail": "There is no such thing."})])
    with pytest.raises(NotReviewed, match="AMTDP_TEST_CLOCK=true"):
        insist_on_clock(server.intake())
    insist_on_clock(server.intake())


def test_two_runs_add_people_with_different_addresses():
    added = {"id": "p1", "api_key": "k", "password": "pw"}
    server = Server(staff=[httpx2.Response(201, json=added) for _ in range(2 * len(POSTS))])
    for tag in ("a1", "b2"):
        assert set(hire(server.client, server.intake(), tag)) == {post.part for post in POSTS}
    addresses = [body["email"] for _, body in server.sent]
    assert len(set(addresses)) == len(addresses) == 2 * len(POSTS)

"""The demonstration against a server played by a function, so that each answer can be chosen."""

import io
import json
from email.message import EmailMessage
from urllib.parse import unquote

import httpx2
import pytest
from rich.console import Console

from app.demo.demonstration import NotFiled, file_samples
from app.demo.intake import Intake, Refused
from app.demo.mailbox import Mailbox
from app.demo.progress import filing
from app.demo.report import Case, as_json, as_table
from app.domain import exact_json
from app.samples import load

BY_SLUG = {sample.slug: sample for sample in load()}
GAPS = {"SC-03", "SC-05"}


class Desk:
    """Plays the intake: remembers what it was sent, and writes the code of each registration as mail."""

    def __init__(self, folder, findings=(), *, silent=False):
        self.folder, self.findings, self.silent = folder, findings, silent
        self.calls, self.bodies = [], {}

    def __call__(self, request):
        path = request.url.path
        step = f"{request.method} {path.rsplit('/', 1)[-1]}"
        self.calls.append(step)
        if request.headers.get("Content-Type") == "application/json":
            self.bodies[step] = exact_json.decode(request.read())
        if step == "POST registrations":
            if not self.silent:
                self.write(self.bodies[step]["person"]["email"])
            return httpx2.Response(201, json={"id": "r1", "api_key": "amtdp_key", "applicant": {"id": "p1"}})
        if step == "POST confirmations":
            assert self.bodies[step] == {"code": "493817"}
            return httpx2.Response(200, json={})
        assert path == "/v1/keys" or request.headers["Authorization"] == "Bearer amtdp_key"
        return httpx2.Response(200, json=self.answer(step))

    def answer(self, step):
        draft = {"id": "d1", "number": "AMT-2026-00001", "status": "draft"}
        received = {"status": "received", "received_on": "2026-12-01", "statutory_due_on": "2027-05-30"}
        return {
            "POST designation-requests": draft,
            "POST attachments": {"id": "a1"},
            "POST mandates": {"id": "m1"},
            "GET readiness": {"result": "gap", "findings": list(self.findings)},
            "POST transitions": {**draft, **received},
            "GET receipt": {"receipt": {}, "signature": {"kid": "k1", "value": ""}},
            "GET keys": {"keys": []},
        }[step]

    def write(self, address):
        letter = EmailMessage()
        letter["To"] = address
        letter.set_content("Confirm at /v1/registrations/01a20553-654321-7123456c.\nYour code is 493817.")
        self.folder.mkdir(exist_ok=True)
        (self.folder / "1.eml").write_bytes(letter.as_bytes())

    def file(self, slug):
        client = httpx2.Client(base_url="http://intake.example", transport=httpx2.MockTransport(self))
        mailbox = Mailbox(self.folder, patience=0)
        return list(file_samples([BY_SLUG[slug]], client, mailbox, lambda sample, step: None))


def blocks(rule, basis="program_rule"):
    return {"rule": rule, "severity": "blocks", "basis": basis}


def test_a_sample_goes_the_whole_way_in_order(tmp_path):
    desk = Desk(tmp_path / "mail")
    (filed,) = desk.file("multicolumn-capture-mab")
    assert desk.calls == [
        "POST registrations",
        "POST confirmations",
        "POST designation-requests",
        *["POST attachments"] * 3,
        "GET readiness",
        "POST transitions",
        "GET receipt",
        "GET keys",
    ]
    assert (filed.status, filed.received_on, filed.due_on) == ("received", "2026-12-01", "2027-05-30")


def test_figures_travel_with_the_digits_of_the_sample(tmp_path):
    desk = Desk(tmp_path / "mail")
    desk.file("flow-nitration-api")
    sent = desk.bodies["POST designation-requests"]["content"]
    assert exact_json.stored(sent) == exact_json.stored(BY_SLUG["flow-nitration-api"].content)


def test_the_signer_acknowledges_the_gaps_that_were_found_and_no_others(tmp_path):
    desk = Desk(tmp_path / "mail", [blocks("SC-03")])
    (filed,) = desk.file("gloveless-robotic-filler")
    body = desk.bodies["POST transitions"]
    assert {gap.rule for gap in BY_SLUG["gloveless-robotic-filler"].acknowledged_gaps} == GAPS
    assert [gap["rule"] for gap in body["acknowledged_gaps"]] == ["SC-03"] == list(filed.acknowledged)
    assert body["signature"]["password"] == desk.bodies["POST registrations"]["person"]["password"]


@pytest.mark.parametrize("finding", [blocks("SC-22"), blocks("SC-03", basis="law")])
def test_a_gap_that_is_not_acknowledged_or_of_law_leaves_a_draft(tmp_path, finding):
    desk = Desk(tmp_path / "mail", [finding])
    (filed,) = desk.file("gloveless-robotic-filler")
    assert "POST transitions" not in desk.calls
    assert (filed.status, filed.blocked_by) == ("draft", (finding["rule"],))


def test_an_agent_comes_in_with_its_mandate_before_the_other_files(tmp_path):
    desk = Desk(tmp_path / "mail")
    desk.file("flow-nitration-api")
    assert desk.calls[3:8] == [
        "POST attachments",
        "POST registrations",
        "POST confirmations",
        "POST mandates",
        "POST attachments",
    ]
    assert desk.bodies["POST mandates"] == {"agent": "p1", "scope": ["draft", "read"], "attachment": "a1"}


def test_a_receipt_that_no_published_key_signed_does_not_hold(tmp_path):
    (filed,) = Desk(tmp_path / "mail").file("multicolumn-capture-mab")
    assert filed.receipt_holds is False


def test_two_runs_use_different_addresses(tmp_path):
    desk, seen = Desk(tmp_path / "mail"), set()
    for _ in range(2):
        desk.file("novelty-only")
        seen.add(desk.bodies["POST registrations"]["person"]["email"])
    assert len(seen) == 2
    assert all(unquote(address).endswith("@aerolith.example") for address in seen)


def test_a_code_that_never_arrives_ends_the_run_and_says_where_mail_was_looked_for(tmp_path):
    with pytest.raises(NotFiled, match="no code for"):
        Desk(tmp_path / "mail", silent=True).file("novelty-only")


def test_a_refusal_is_told_with_its_flaws():
    problem = {"detail": "The body is wrong.", "errors": [{"pointer": "/name", "detail": "is missing"}]}
    transport = httpx2.MockTransport(lambda request: httpx2.Response(422, json=problem))
    intake = Intake(httpx2.Client(base_url="http://intake.example", transport=transport))
    with pytest.raises(Refused, match=r"POST /v1/x answered 422: The body is wrong\. \(/name: is missing\)"):
        intake.post("/v1/x", {})


def test_a_busy_server_is_asked_again_with_the_same_key():
    keys, answers = [], [httpx2.Response(429, headers={"Retry-After": "0"}), httpx2.Response(201, json={})]

    def busy(request):
        keys.append(request.headers["Idempotency-Key"])
        return answers[len(keys) - 1]

    Intake(httpx2.Client(base_url="http://intake.example", transport=httpx2.MockTransport(busy))).post(
        "/x", {}
    )
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_a_wait_of_an_hour_is_a_refusal():
    answer = httpx2.Response(429, headers={"Retry-After": "3600"}, json={"detail": "Too many."})
    transport = httpx2.MockTransport(lambda request: answer)
    with pytest.raises(Refused, match="answered 429: Too many"):
        Intake(httpx2.Client(base_url="http://intake.example", transport=transport)).post("/x", {})


def test_the_table_and_the_json_show_every_request(tmp_path):
    filed = Desk(tmp_path / "mail", [blocks("SC-22")]).file("borrowed-data")
    filed += Desk(tmp_path / "mail").file("multicolumn-capture-mab")
    cases = [Case(each) for each in filed]
    shown = io.StringIO()
    Console(file=shown, width=160).print(as_table(cases))
    for words in (
        "Bluffside Biologics Services",
        "sponsor",
        "Kept as drafts by",
        "due on 2027-05-30, day 180",
        "1 draft, 1 received",
        "1 receipt, only 0 verified",
    ):
        assert words in shown.getvalue()
    assert all(len(line) <= 160 for line in shown.getvalue().splitlines())
    items = json.loads(as_json(cases, "http://intake.example"))["items"]
    assert [item["status"] for item in items] == ["draft", "received"]
    assert items[0]["expected_result"] == "gap"
    assert "ended_on_day" not in items[1]


def test_nobodys_password_is_shown_with_what_was_filed(tmp_path):
    (filed,) = Desk(tmp_path / "mail").file("multicolumn-capture-mab")
    assert filed.signer.password not in repr(filed)


def test_progress_counts_samples_and_not_steps():
    shown = io.StringIO()
    with filing(Console(file=shown, force_terminal=True, width=120), 2) as watch:
        for sample in list(BY_SLUG.values())[:2]:
            watch(sample, "registers")
            watch(sample, "drafts")
    assert "1/2" in shown.getvalue()
    assert "2/2" not in shown.getvalue()

"""Files each sample over the main path: register, confirm, draft, attach, judge, sign, take the receipt."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx2

from app.demo.intake import Intake, Refused
from app.demo.mailbox import Mailbox
from app.domain import exact_json, receipts
from app.samples import Agent, Filer, Person, Sample, attachment_bytes

_REQUESTS: Final = "/v1/designation-requests"
_MEDIA: Final = {"table": "text/csv"}
Step = Literal[
    "registers",
    "confirms the address",
    "drafts",
    "attaches",
    "gives a mandate",
    "is judged",
    "signs",
    "is received",
]
Watch = Callable[[Sample, Step], None]


class NotFiled(Exception):
    """The demonstration cannot go on: which sample, at which step, and why."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who calls and signs, an applicant's or the program's."""

    intake: Intake
    name: str
    password: str = field(repr=False)

    def signature(self, meaning: str) -> dict[str, str]:
        return {"printed_name": self.name, "meaning": meaning, "password": self.password}


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of one sample. `blocked_by`: rules that keep it a draft; days are civil dates, New York."""

    sample: Sample
    number: str
    status: str
    result: str
    blocked_by: tuple[str, ...]
    acknowledged: tuple[str, ...]
    received_on: str | None
    due_on: str | None
    receipt_holds: bool | None
    signer: Signer


@dataclass(frozen=True, slots=True)
class Desk:
    """One run: the server, where mail arrives, who watches. `tag` keeps the addresses of two runs apart."""

    client: httpx2.Client
    mailbox: Mailbox
    watch: Watch
    tag: str


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A registered applicant, and the calls under the key of its signer."""

    intake: Intake
    applicant_id: str


def file_samples(
    samples: Sequence[Sample], client: httpx2.Client, mailbox: Mailbox, watch: Watch
) -> Iterator[Filed]:
    """Files the samples one after the other, yielding each when it is done. Raises NotFiled."""
    desk = Desk(client, mailbox, watch, secrets.token_hex(3))
    for sample in samples:
        try:
            yield _file(desk, sample)
        except (Refused, httpx2.HTTPError) as fault:
            raise NotFiled(f"{sample.slug}: {fault}") from fault


def _file(desk: Desk, sample: Sample) -> Filed:
    password = secrets.token_urlsafe(18)
    newcomer = _come_in(desk, sample, sample.applicant, sample.person, password)
    intake = newcomer.intake
    signer = Signer(intake, sample.person.name, password)
    desk.watch(sample, "drafts")
    draft = intake.post(_REQUESTS, {"content": sample.content})
    path = f"{_REQUESTS}/{draft['id']}"
    _attach(desk, sample, path, newcomer)
    desk.watch(sample, "is judged")
    report = intake.get(f"{path}/readiness")
    gaps = {gap.rule: gap.reason for gap in sample.acknowledged_gaps}
    blocked_by = _blocking(report, gaps)
    if blocked_by:
        said = draft["number"], draft["status"], report["result"], blocked_by
        return Filed(sample, *said, (), None, None, None, signer)
    desk.watch(sample, "signs")
    acknowledged = sorted({finding["rule"] for finding in report["findings"]} & set(gaps))
    received = intake.post(f"{path}/transitions", _submission(sample, acknowledged, signer))
    desk.watch(sample, "is received")
    return Filed(
        sample,
        received["number"],
        received["status"],
        report["result"],
        (),
        tuple(acknowledged),
        received["received_on"],
        received["statutory_due_on"],
        _holds(intake, path),
        signer,
    )


def _come_in(desk: Desk, sample: Sample, filer: Filer, person: Person, password: str) -> Newcomer:
    """Registers an applicant and its signer and confirms the address; calls follow under their key."""
    desk.watch(sample, "registers")
    name, domain = person.email.split("@")
    address = f"{name}+{desk.tag}@{domain}"
    applicant = filer.model_dump(mode="json", exclude_none=True)
    stranger = Intake(desk.client)
    registered = stranger.post(
        "/v1/registrations",
        {"applicant": applicant, "person": {"name": person.name, "email": address, "password": password}},
    )
    desk.watch(sample, "confirms the address")
    code = desk.mailbox.code_for(address)
    if code is None:
        raise NotFiled(f"{sample.slug}: no code for {address} arrived in {desk.mailbox.folder}")
    stranger.post(f"/v1/registrations/{registered['id']}/confirmations", {"code": code})
    return Newcomer(Intake(desk.client, registered["api_key"]), registered["applicant"]["id"])


def _attach(desk: Desk, sample: Sample, path: str, signer: Newcomer) -> None:
    """Uploads the files. A mandate goes first: with it the agent, under a key of its own, uploads the rest."""
    intake = signer.intake
    for attachment in sorted(sample.attachments, key=lambda each: each.generate != "mandate"):
        desk.watch(sample, "attaches")
        content = attachment_bytes(sample, attachment)
        file = (attachment.filename, content, _MEDIA.get(attachment.generate, "application/pdf"))
        fields = {
            "kind": attachment.kind,
            "description": attachment.description,
            "sha256": exact_json.sha256(content),
        }
        stored = intake.upload(f"{path}/attachments", file, fields)
        if sample.agent is not None and attachment.filename == sample.agent.attachment:
            intake = _hand_over(desk, sample, signer, sample.agent, stored["id"])


def _hand_over(desk: Desk, sample: Sample, signer: Newcomer, agent: Agent, letter: str) -> Intake:
    """Lets the agent in: it registers like anybody, and the signer gives it the mandate of the letter."""
    newcomer = _come_in(desk, sample, agent.applicant, agent.person, secrets.token_urlsafe(18))
    desk.watch(sample, "gives a mandate")
    mandate = {"agent": newcomer.applicant_id, "scope": list(agent.scope), "attachment": letter}
    signer.intake.post(f"/v1/applicants/{signer.applicant_id}/mandates", mandate)
    return newcomer.intake


def _submission(sample: Sample, acknowledged: Sequence[str], signer: Signer) -> dict[str, Any]:
    reasons = {gap.rule: gap.reason for gap in sample.acknowledged_gaps}
    submission: dict[str, Any] = {"name": "submit", "signature": signer.signature("authorship")}
    if acknowledged:
        submission["acknowledged_gaps"] = [{"rule": rule, "reason": reasons[rule]} for rule in acknowledged]
    return submission


def _blocking(report: Any, gaps: dict[str, str]) -> tuple[str, ...]:  # noqa: ANN401 - a JSON tree
    """The rules that stand in the way: of law, or not acknowledged by the sample's signer."""
    return tuple(
        sorted(
            {
                finding["rule"]
                for finding in report["findings"]
                if finding["severity"] == "blocks"
                and (finding["basis"] == "law" or finding["rule"] not in gaps)
            }
        )
    )


def _holds(intake: Intake, path: str) -> bool:
    """Whether the deposit receipt verifies with the server's published keys, as anyone could check."""
    receipt, keys = intake.get(f"{path}/receipt"), intake.get("/v1/keys")
    return receipts.fault_of(receipt, keys["keys"]) is None

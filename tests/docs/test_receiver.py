"""The example receiver, run as the page for integrators says: a process of its own that is sent real signatures."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain import exact_json
from app.domain.keyring import jwk
from app.domain.webhooks import Message, headers, secret_of
from tests.client.test_listening import Desk
from tests.served import served

ROOT = Path(__file__).parents[2]
AMPLE = 30.0  # seconds: it is answered at once, unless the machine has much else to do
SECRET, OLD = secret_of(bytes(range(32))), secret_of(bytes(range(1, 33)))
SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class Running:
    """The process, and what it says line by line."""

    def __init__(self, desk: str, store: Path, secrets: str) -> None:
        command = [
            sys.executable,
            "docs/examples/receiver.py",
            "--port",
            "0",
            "--desk",
            desk,
            "--store",
            str(store),
        ]
        given = {
            **os.environ,
            "RECEIVER_SECRETS": secrets,
            "RECEIVER_API_KEY": "amtdp_key",
            "NO_PROXY": "127.0.0.1",
        }
        self.process = subprocess.Popen(command, cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True)
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.url = self.line("listening").split()[-1]

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line.rstrip())

    def line(self, begins: str) -> str:
        """The next line that begins so; what comes before it is passed."""
        until = time.monotonic() + AMPLE
        while True:
            said = self.lines.get(timeout=max(0.0, until - time.monotonic()))
            if said.startswith(begins):
                return said

    def sent(self, event, previous=None, *, secrets=(SECRET,), body=None, at=None):
        """A delivery as the service sends it; `body` is what arrives instead."""
        frozen = exact_json.encode(event)
        message = Message(event["id"], at or datetime.now(UTC), frozen)
        named = headers(message, secrets, SIGNING, sequence=event["data"]["sequence"], previous=previous)
        return httpx2.post(self.url, content=body or frozen, headers=named, trust_env=False, timeout=AMPLE)


@contextlib.contextmanager
def running(desk: str, store: Path, secrets: str = SECRET):
    receiver = Running(desk, store, secrets)
    try:
        yield receiver
    finally:
        receiver.process.terminate()
        receiver.process.wait(timeout=AMPLE)
        receiver.process.stdout.close()


@pytest.fixture
def desk():
    """A feed of eight events, of which four are there at first."""
    played = Desk(events=8)
    played.later, played.feed = played.feed[4:], played.feed[:4]
    played.app.add_api_route("/v1/keys", lambda: {"keys": [jwk(SIGNING.public_key())]})
    return played


def test_each_event_is_taken_once_and_none_is_missed(desk, tmp_path):
    store = tmp_path / "events.db"
    with served(desk.app) as url:
        with running(url, store) as receiver:
            for sequence in (1, 2, 3, 4):
                assert receiver.line("took").endswith(f"withdrawn {sequence} by feed")
            fifth, sixth, _, eighth = desk.later
            assert receiver.sent(fifth, 4).status_code == 204
            assert receiver.line("took").endswith("5 by webhook")
            assert receiver.sent(fifth, 4).status_code == 204  # a repetition is answered like the first
            assert receiver.line("had").endswith("5 by webhook")
            desk.feed += desk.later
            assert receiver.sent(eighth, 7).status_code == 204
            assert receiver.line("gap") == "gap in AMT-2026-00017: 7 after 5"
            assert [receiver.line("took").split()[3:] for _ in (6, 7)] == [
                ["6", "by", "feed"],
                ["7", "by", "feed"],
            ]
            assert receiver.line("had").endswith("8 by feed")
        with running(url, store) as again:
            assert again.sent(sixth, 5).status_code == 204
            assert again.line("had").endswith("6 by webhook")


def test_what_is_not_the_services_is_refused_with_the_part_that_is_wrong(desk, tmp_path):
    with served(desk.app) as url, running(url, tmp_path / "events.db", f"{OLD} {SECRET}") as receiver:
        event = desk.later[0]
        frozen = exact_json.encode(event)
        tampered = receiver.sent(event, 4, body=frozen.replace(b"withdrawn", b"submitted"))
        assert (tampered.status_code, tampered.text.partition(":")[0]) == (400, "signature")
        assert receiver.line("refused").startswith("refused: signature")
        old = receiver.sent(event, 4, at=datetime(2026, 1, 1, tzinfo=UTC))
        assert (old.status_code, old.text.partition(":")[0]) == (400, "timestamp")
        assert httpx2.post(receiver.url, content=frozen, trust_env=False, timeout=AMPLE).status_code == 400
        assert receiver.sent(event, 4, body=b" " * 70_000).status_code == 413
        for secrets in ([OLD], [SECRET], [SECRET, OLD]):  # both hold while one is rotated
            assert receiver.sent(event, 4, secrets=secrets).status_code == 204


def test_without_a_secret_the_public_keys_of_the_desk_verify(desk, tmp_path):
    with served(desk.app) as url, running(url, tmp_path / "events.db", "") as receiver:
        assert receiver.sent(desk.later[0], 4, secrets=()).status_code == 204
        assert receiver.sent(desk.later[0], 4, body=b"{}").status_code == 400

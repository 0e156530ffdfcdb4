"""A receiver of webhooks that takes each event once and loses none: verify, keep, answer, and look for what is missing.

    RECEIVER_SECRETS=whsec_… RECEIVER_API_KEY=amtdp_… python docs/examples/receiver.py --desk https://desk.example

RECEIVER_SECRETS holds the endpoint's secret, and while it is rotated the old and the new one, blank-separated. Without
it the public keys of the desk are used. The API key needs the scope events:read. Put TLS in front of it.
"""

import argparse
import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.client import Client, ClientFault
from app.client.webhooks import Delivery, Gap, Ledger, NotADelivery, received

LARGEST = 64 * 1024  # events are thin
WAITS = (0.5, 60.0)  # seconds before the feed is read: what was overtaken may still come by itself
TABLES = """
    CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, subject TEXT, sequence INTEGER, body TEXT);
    CREATE TABLE IF NOT EXISTS place (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), after TEXT);
"""


class Store:
    """Events as they came, and how far the feed was read; the two are told apart, since a webhook may run ahead."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.executescript(TABLES)
        self._ledger = Ledger()
        for id, subject, sequence in self._db.execute(
            "SELECT id, subject, sequence FROM events ORDER BY rowid"
        ):
            self._ledger.note(id, subject, sequence)

    def take(self, delivery: Delivery, body: str, way: str) -> None:
        """Keeps a new event, whole, before it is answered for; what came before is dropped."""
        event = delivery.event
        row = (event.id, event.subject, delivery.sequence, body)
        with self._lock, self._db:
            is_new = self._db.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", row).rowcount
            self._ledger.take(delivery)
        said = "took" if is_new else "had"
        print(f"{said} {event.subject} {event.type} {delivery.sequence} by {way}", flush=True)

    @property
    def gaps(self) -> list[Gap]:
        with self._lock:
            return self._ledger.gaps

    @property
    def place(self) -> str | None:
        with self._lock:
            row = self._db.execute("SELECT after FROM place").fetchone()
        return row and str(row[0])

    def keep_place(self, after: str) -> None:
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO place VALUES (1, ?)", (after,))


async def catch_up(store: Store, client: Client) -> None:
    """Reads the feed from where it was read last; a page counts once all of it is kept."""
    async for page in client.event_pages(after=store.place):
        for event in page.events:
            store.take(
                Delivery(event, event.sequence or 0, None, event.time), event.model_dump_json(), "feed"
            )
        store.keep_place(page.next_cursor)


def fill_gaps(store: Store, client_of: Callable[[], Client], missing: threading.Event) -> None:
    """At the start, and whenever a delivery says that another should have come before it."""

    async def once() -> None:
        async with client_of() as client:
            await catch_up(store, client)

    wait, longest = WAITS
    missing.set()
    while missing.wait():
        missing.clear()
        time.sleep(wait)
        try:
            asyncio.run(once())
        except ClientFault as fault:
            print(f"the feed cannot be read now: {fault}", flush=True)
        if store.gaps:
            missing.set()
        wait = min(wait * 2, longest) if store.gaps else WAITS[0]


def handler_of(store: Store, known: dict[str, Any], missing: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > LARGEST:
                self._answer(413, "give a Content-Length of at most 64 KiB")
                return
            body = self.rfile.read(int(length))
            try:
                delivery = received(dict(self.headers), body, **known)
            except NotADelivery as refused:
                print(f"refused: {refused}", flush=True)
                self._answer(400, str(refused))
                return
            store.take(delivery, body.decode(), "webhook")
            for gap in store.gaps:
                print(f"gap in {gap.subject}: {gap.expected} after {gap.seen}", flush=True)
                missing.set()
            self._answer(204)  # work on it comes after the answer: fifteen seconds are all there is

        def _answer(self, status: int, words: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            self.wfile.write(words.encode())

        def log_message(self, *_: object) -> None:
            """Prints nothing beside what the receiver says itself."""

    return Handler


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--desk", default="http://127.0.0.1:8000", help="address of the intake desk")
    given.add_argument("--port", type=int, default=9000)
    given.add_argument("--store", default="events.db", help="SQLite file")
    asked = given.parse_args()
    secrets = os.environ.get("RECEIVER_SECRETS", "").split()

    def client_of() -> Client:
        return Client(asked.desk, os.environ.get("RECEIVER_API_KEY"))

    async def public_keys() -> list[dict[str, str]]:
        async with client_of() as client:
            return await client.public_keys()

    known: dict[str, Any] = {"secrets": secrets} if secrets else {"keys": asyncio.run(public_keys())}
    store, missing = Store(asked.store), threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", asked.port), handler_of(store, known, missing))
    threading.Thread(target=fill_gaps, args=(store, client_of, missing), daemon=True).start()
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

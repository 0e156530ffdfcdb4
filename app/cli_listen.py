"""`amtdp listen`: relays the feed to a URL on this machine while a receiver is being built, signed as a webhook is."""

import asyncio
import signal
import sys
from collections import OrderedDict
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import Annotated

import httpx2
import typer

from app.client import Client, ClientFault
from app.domain import addresses, exact_json, webhooks
from app.domain.addresses import Guard, NotAllowed
from app.wiring import utc_now

AGENT = "amtdp-listen/1"
TIMEOUT = 15.0  # seconds that a receiver has, as for a webhook
PAUSE = 1.0  # seconds between tries while nobody is there
REMEMBERED = 10_000  # subjects whose last sequence is kept
LOCAL = Guard(loopback=True)


@dataclass
class Relay:
    """Passes events on, one after the other; `place` is that of the last one, to go on from."""

    http: httpx2.AsyncClient
    forward: str
    secret: str
    place: str | None = None
    _sent: OrderedDict[str, int] = field(default_factory=OrderedDict)

    async def pass_on(self, event: httpx2.ServerSentEvent) -> None:
        """Until it is answered; while nobody is there it waits, so that nothing is passed by."""
        body = event.data.encode()
        told = exact_json.decode(body)
        subject, sequence = told["subject"], told["data"]["sequence"]
        outcome = await self._post(event.id, body, sequence, self._sent.get(subject))
        self._remember(subject, sequence)
        self.place = event.id
        typer.echo(f"{utc_now():%H:%M:%S}  {outcome}  {event.event}  {subject} {sequence}  {event.id}")

    async def _post(self, id: str, body: bytes, sequence: int, previous: int | None) -> str:
        told = False
        while True:
            message = webhooks.Message(id, utc_now(), body)
            signed = webhooks.headers(message, [self.secret], None, sequence=sequence, previous=previous)
            headers = {"content-type": "application/cloudevents+json", "user-agent": AGENT, **signed}
            try:
                answered = await self.http.post(self.forward, content=body, headers=headers)
            except httpx2.ConnectError:
                if not told:
                    typer.echo(f"waiting for {self.forward}")
                told = True
                await asyncio.sleep(PAUSE)
            except httpx2.HTTPError as fault:
                return type(fault).__name__
            else:
                return str(answered.status_code)

    def _remember(self, subject: str, sequence: int) -> None:
        self._sent[subject] = sequence
        self._sent.move_to_end(subject)
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)


def listen(
    forward: Annotated[
        str, typer.Option(help="Where each event is posted, on this machine: http://localhost:9000/…")
    ],
    base_url: Annotated[str, typer.Option(help="The service.")] = "http://127.0.0.1:8000",
    api_key: Annotated[
        str | None, typer.Option(envvar="AMTDP_API_KEY", help="Needs the scope events:read.")
    ] = None,
    api_key_file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file that holds the key.")
    ] = None,
    after: Annotated[
        str | None, typer.Option(help="Begin after this place, as printed; else with what comes from now on.")
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Begin with the first event there is.")
    ] = False,
    type: Annotated[str | None, typer.Option(help="One type of event alone.")] = None,
    subject: Annotated[str | None, typer.Option(help="One subject alone.")] = None,
    secret: Annotated[
        str | None, typer.Option(help="Signs with this whsec_ secret; else with a new one.")
    ] = None,
) -> None:
    """Relay the feed to a local URL while developing, each event signed as a webhook (v1) with a secret of its own."""
    key = api_key_file.read_text().strip() if api_key_file is not None else api_key
    if not key:
        raise typer.BadParameter("give --api-key, --api-key-file or AMTDP_API_KEY")
    if after is not None and from_start:
        raise typer.BadParameter("--after and --from-start exclude each other")
    signing = secret or webhooks.secret_of(token_bytes(32))
    _check(forward, base_url, signing)
    typer.echo(f"secret  {signing}\nfrom    {base_url}\nto      {forward}")
    begin = "" if from_start else after
    try:
        asyncio.run(_relay(Client(base_url, key), forward, signing, begin, type=type, subject=subject))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return
    except ClientFault as fault:
        typer.echo(str(fault), err=True)
        sys.exit(1)


async def _relay(
    client: Client, forward: str, secret: str, after: str | None, *, type: str | None, subject: str | None
) -> None:
    """Without end; `after` None: what comes from now on, empty: everything."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - we are in it
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    # no proxy of the environment: it would not be this machine
    async with client as desk, httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False) as http:
        relay = Relay(http, forward, secret, after or None)
        try:
            if after is None:
                async for page in desk.event_pages(type=type, subject=subject):
                    relay.place = page.next_cursor
            typer.echo("listening")
            following = desk.follow_as_sent(relay.place, type=type, subject=subject)
            async with aclosing(following) as followed:
                async for event in followed:
                    await relay.pass_on(event)
        finally:
            if relay.place is not None:
                typer.echo(f"to go on from here: --after {relay.place}")


def _check(forward: str, base_url: str, secret: str) -> None:
    """Events go to this machine alone, and the key nowhere in the clear. Raises BadParameter."""
    try:
        if addresses.target(forward, LOCAL).scheme != "http":
            raise typer.BadParameter("--forward takes http:// to this machine: localhost, 127.0.0.1 or [::1]")
        if not base_url.lower().startswith("https://"):
            addresses.target(base_url, LOCAL)
        webhooks.key_of(secret)
    except NotAllowed:
        raise typer.BadParameter(
            "--forward is http:// to this machine; --base-url is https://, or http:// to this machine"
        ) from None
    except webhooks.NotASecret as fault:
        raise typer.BadParameter(str(fault)) from None

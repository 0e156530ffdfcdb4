"""Receivers on the loopback, each a real socket that behaves as a test says, and a worker that sends to them."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.api.runtime import Runtime
from app.delivery.loop import Worker
from app.delivery.posting import Poster
from app.delivery.webhooks import Peers, Webhooks
from app.services import fan_out
from app.services.lookups import Lookups
from app.services.targets import Resolve
from app.wiring import worker_of

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    head: str
    headers: dict[str, str]
    body: bytes


Behave = Callable[[Got, asyncio.StreamWriter], Awaitable[None]]


def answering(raw: bytes = OK) -> Behave:
    async def behave(_: Got, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return behave


def status(code: int, *headers: str) -> Behave:
    lines = [f"HTTP/1.1 {code} X", "Content-Length: 0", *headers]
    return answering("\r\n".join([*lines, "", ""]).encode())


@dataclass
class Peer:
    """A receiver: what it got, and how it behaves now."""

    behave: Behave = field(default_factory=answering)
    got: list[Got] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0
    scheme: str = "http"
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/in"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                lines = head.split("\r\n")
                headers = {
                    name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                got = Got(lines[0], headers, body)
                self.got.append(got)
                await self.behave(got, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(
    behave: Behave | None = None,
    tls: ssl.SSLContext | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[Peer]:
    peer = Peer(behave or answering(), host=host, scheme="https" if tls else "http")
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await peer.serve(reader, writer)

    server = await asyncio.start_server(serve, host, port, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def sending(
    runtime: Runtime, *, limit: float = 5.0, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Worker]:
    """The worker of a deployment, its webhooks with a short limit and a resolver and trust of the test's own."""
    worker = worker_of(runtime)
    hooks = worker.senders[fan_out.KIND]
    assert isinstance(hooks, Webhooks)
    hooks.peers = Peers(Poster(tls), runtime.guard, Lookups(resolve or runtime.resolve), limit)
    try:
        yield worker
    finally:
        await worker.close()


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for these names that nobody else trusts, and a client's that does."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    client = ssl.create_default_context(cafile=str(folder / "cert.pem"))
    return server, client


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)

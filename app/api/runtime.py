"""What every call can reach: settings, database, keyring, clock and storage, made once by `create_app`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request

from app.api.streams import Streams
from app.domain.addresses import Guard
from app.domain.keyring import Keyring
from app.services import targets
from app.services.lookups import Lookups
from app.services.moved_clock import MovedClock, Mover
from app.services.oidc import Issuer
from app.services.passwords import Passwords
from app.services.targets import Resolve
from app.services.uses import Uses
from app.settings import Settings
from app.storage.blobs import Blobs
from app.storage.scanning import NoScanner, Scanner
from app.store.database import Database


@dataclass
class Runtime:
    settings: Settings
    database: Database
    keyring: Keyring
    now: Callable[[], datetime]
    blobs: Blobs
    scanner: Scanner = field(default_factory=NoScanner)
    passwords: Passwords = field(default_factory=Passwords)
    issuer: Issuer | None = None  # of access tokens, where one is accepted
    guard: Guard = field(default_factory=Guard)  # of webhooks' targets
    resolve: Resolve = targets.resolve
    uses: Uses = field(default_factory=Uses)
    running: set[str] = field(default_factory=set)  # Idempotency-Keys in flight in this process
    mover: Mover | None = None  # of the test clock, where there is one
    streams: Streams = field(init=False)  # open ones, of this process
    lookups: Lookups = field(init=False)  # of the hosts of webhooks' targets

    def __post_init__(self) -> None:
        self.streams = Streams(self.database)
        self.lookups = Lookups(self.resolve)

    @property
    def ahead(self) -> timedelta:
        """Of real time, in which issuers, receivers and file systems live."""
        return self.now.ahead if isinstance(self.now, MovedClock) else timedelta(0)


def runtime_of(request: Request) -> Runtime:
    runtime: Runtime = request.app.state.runtime
    return runtime

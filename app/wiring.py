"""What the parts of the service are made of, from its settings: a runtime, and the loops over it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.api import engagements
from app.api.runtime import Runtime
from app.delivery.chores import KIND as CHORE
from app.delivery.chores import Chores
from app.delivery.housekeeping import CHORES, House
from app.delivery.lapses import Lapses
from app.delivery.letters import WaysBack, ways_back
from app.delivery.loop import Worker
from app.delivery.mail import Mail
from app.delivery.mail_in import Letterbox, MailIn
from app.delivery.mail_listener import Intake
from app.delivery.posting import Poster
from app.delivery.senders import mail_sender
from app.delivery.sending import Sender
from app.delivery.timers import Timers
from app.delivery.webhooks import Peers, Webhooks
from app.domain.addresses import Guard
from app.domain.mails import reply_address
from app.keystore import keyring_of
from app.services import fan_out, mail_intake, post, targets, timers
from app.services.broadcasts import SEND
from app.services.broadcasts import step as send_broadcast
from app.services.endpoint_health import DISABLE, WARN, Desk
from app.services.engagement_updates import UPDATE, Updates
from app.services.mail_outcomes import Clerk
from app.services.message_copies import COPY, Copies
from app.services.moved_clock import MovedClock
from app.services.oidc import issuer_of
from app.services.passwords import Passwords
from app.services.questions import LAPSE
from app.services.targets import Resolve
from app.settings import Settings
from app.storage.blobs import Blobs
from app.storage.scanning import scanner_of
from app.store.database import Database


def utc_now() -> datetime:
    return datetime.now(UTC)


def runtime_for(
    settings: Settings,
    database: Database,
    now: Callable[[], datetime],
    passwords: Passwords,
    resolve: Resolve = targets.resolve,
) -> Runtime:
    blobs, scanner = Blobs(settings.storage), scanner_of(settings.clamd_url)
    issuer = issuer_of(settings.oidc_issuer, settings.oidc_audience, settings.oidc_jwks_url)
    guard = Guard(loopback=settings.calls_loopback)
    keyring = keyring_of(settings)
    return Runtime(settings, database, keyring, now, blobs, scanner, passwords, issuer, guard, resolve)


def clerk_of(runtime: Runtime) -> Clerk:
    settings = runtime.settings
    targets = engagements.targets_of(settings)
    return Clerk(runtime.keyring, settings.public_url, settings.own_mail, targets, settings.max_files)


def ways_of(runtime: Runtime) -> WaysBack:
    """How letters are answered: at their thread's own address, where mail that comes in can be verified."""
    own = runtime.settings.own_mail

    def reply_to(thread_id: UUID) -> str | None:
        return reply_address.of(runtime.keyring, thread_id, own.domain) if own.verifies else None

    return ways_back(runtime.keyring, runtime.settings.public_url, reply_to)


def intake_of(runtime: Runtime) -> Intake:
    return Intake(runtime.database, runtime.blobs, runtime.keyring, runtime.settings.own_mail, runtime.now)


def worker_of(runtime: Runtime) -> Worker:
    """The delivery loop over the same store, clock and keys."""
    settings, database, now = runtime.settings, runtime.database, runtime.now
    house = House(
        database, runtime.keyring, settings.public_url, runtime.blobs, runtime.scanner, lambda: runtime.ahead
    )
    chores = Chores(database, CHORES, house, now)
    carrier = mail_sender(settings.smtp_url, settings.data_dir)
    by_database = now is utc_now and not database.is_sqlite
    desk = Desk(runtime.keyring, settings.public_url)
    every = timedelta(days=settings.engagement_update_days)
    updates = Updates(runtime.keyring, settings.public_url, every)
    lapses = Lapses(runtime.keyring, settings.public_url)
    acts = {
        WARN: desk.warn,
        DISABLE: desk.disable,
        LAPSE: lapses.act,
        UPDATE: updates.due,
        COPY: Copies(runtime.keyring, settings.public_url).act,
        SEND: send_broadcast,
    }
    peers = Peers(Poster(), runtime.guard, runtime.lookups)
    senders: dict[str, Sender] = {
        post.KIND: Mail(
            runtime.keyring,
            carrier,
            settings.mail_from,
            now,
            ways_of(runtime),
        ),
        timers.KIND: Timers(database, acts, now),
        fan_out.KIND: Webhooks(
            database,
            desk,
            peers,
            now,
            by_database=by_database,
            stamp=now.real if isinstance(now, MovedClock) else None,
        ),
        CHORE: chores,
        mail_intake.KIND: MailIn(
            database,
            Letterbox(runtime.blobs, runtime.scanner, settings.max_file_bytes),
            clerk_of(runtime),
            now,
        ),
    }
    return Worker(database, senders, now, chores, by_database)

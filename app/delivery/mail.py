"""The sender of letters: opened, brought up to date, rendered and handed to whatever carries mail."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from aiosmtplib import SMTPRecipientsRefused, SMTPResponseException
from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery import mail_cargo
from app.delivery.letters import DIGEST, NO_WAY_BACK, WaysBack, message
from app.delivery.mail_cargo import Cargo
from app.delivery.senders import MailSender
from app.delivery.sending import Cancelled, Dead, Delivered, Outcome, Outcomes, Retry
from app.domain.keyring import Keyring
from app.services import bounces, post
from app.services.bounces import Report
from app.store import digests, letters
from app.store.deliveries import Claimed

PERMANENT: Final = 500  # RFC 5321 4.2.1: from here on the same attempt will not succeed


class Mail:
    """Letters of `post`; a server's final refusal ends a letter, anything else is tried again."""

    limit = timedelta(seconds=90)

    def __init__(
        self,
        keyring: Keyring,
        carrier: MailSender,
        sender: str,
        now: Callable[[], datetime],
        ways: WaysBack = NO_WAY_BACK,
    ) -> None:
        self.keyring = keyring
        self.carrier = carrier
        self.sender = sender
        self.now = now
        self.ways = ways

    async def load(self, db: AsyncConnection, claimed: Sequence[Claimed], at: datetime) -> None:
        """Opens the letters, and finds out of some what they have to say now."""
        for each in claimed:
            try:
                each.cargo = mail_cargo.of(post.opened(self.keyring, each.payload))
            except post.Unreadable:
                continue  # sealed under another secret: the attempt says so
        opened = {each.id: each.cargo for each in claimed if each.cargo is not None}
        await mail_cargo.bring_up_to_date(db, opened, at)

    async def send(self, claimed: Claimed) -> Outcome:
        cargo: Cargo = claimed.cargo or mail_cargo.of(post.opened(self.keyring, claimed.payload))
        if cargo.void is not None:
            return Cancelled(cargo.void)
        mail = message(cargo.letter, claimed.id, self.sender, claimed.created_at, self.ways)
        try:
            await self.carrier.send(mail, f"{claimed.created_at:%Y%m%dT%H%M%S.%f}-{claimed.id}")
        except SMTPRecipientsRefused as refusal:
            worst = max(refusal.recipients, key=lambda each: each.code)
            if worst.code >= PERMANENT:
                cargo.refused = bounces.status_in(worst.message)
            return _refused(refusal, worst.code)
        except SMTPResponseException as refusal:
            return _refused(refusal, refusal.code)
        return Delivered()

    async def note(self, db: AsyncConnection, outcomes: Outcomes) -> None:
        """Of which messages somebody was notified, which digests are over, and which addresses refused."""
        now = self.now()
        loaded = [(each, each.cargo, outcome) for each, outcome in outcomes if each.cargo is not None]
        sent = [cargo.copies for _, cargo, outcome in loaded if isinstance(outcome, Delivered)]
        await letters.notified(db, (copy for each in sent for copy in each), now)
        over = [
            each.id
            for each, cargo, outcome in loaded
            if cargo.letter.template == DIGEST and isinstance(outcome, Delivered | Cancelled)
        ]
        if over:
            await digests.forget(db, over)
        for _, cargo, _ in loaded:
            if cargo.refused is not None and bounces.blames_address(cargo.refused):
                report = Report(bounces.BOUNCING, cargo.refused or None, address=cargo.letter.to)
                await bounces.record(db, report, now)


def _refused(refusal: Exception, code: int) -> Outcome:
    # the server's own words may hold the address, so only their number is kept
    reason = f"{type(refusal).__name__} {code}"
    return Dead(reason) if code >= PERMANENT else Retry(reason)

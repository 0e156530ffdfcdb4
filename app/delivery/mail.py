"""The sender of letters: opened, rendered and handed to whatever carries mail."""

from datetime import timedelta

from aiosmtplib import SMTPRecipientsRefused, SMTPResponseException
from sqlalchemy.ext.asyncio import AsyncConnection

from app.delivery.letters import message
from app.delivery.senders import MailSender
from app.delivery.sending import Dead, Delivered, Outcome, Outcomes, Retry
from app.domain.keyring import Keyring
from app.services import post
from app.store.deliveries import Claimed

PERMANENT = 500  # RFC 5321 4.2.1: from here on the same attempt will not succeed


class Mail:
    """Letters of `post`; a server's final refusal ends a letter, anything else is tried again."""

    limit = timedelta(seconds=90)

    def __init__(self, keyring: Keyring, carrier: MailSender, sender: str) -> None:
        self.keyring = keyring
        self.carrier = carrier
        self.sender = sender

    async def send(self, claimed: Claimed) -> Outcome:
        letter = post.opened(self.keyring, claimed.payload)
        mail = message(letter, claimed.id, self.sender, claimed.created_at)
        try:
            await self.carrier.send(mail, f"{claimed.created_at:%Y%m%dT%H%M%S.%f}-{claimed.id}")
        except SMTPRecipientsRefused as refusal:
            return _refused(refusal, max(each.code for each in refusal.recipients))
        except SMTPResponseException as refusal:
            return _refused(refusal, refusal.code)
        return Delivered()

    async def note(self, db: AsyncConnection, outcomes: Outcomes) -> None:
        """A letter stands in no other table."""


def _refused(refusal: Exception, code: int) -> Outcome:
    # the server's own words may hold the address, so only their number is kept
    reason = f"{type(refusal).__name__} {code}"
    return Dead(reason) if code >= PERMANENT else Retry(reason)

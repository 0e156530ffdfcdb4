"""A mail as it was read."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.mails.addresses import Mailbox
from app.domain.mails.authentication import Authentication
from app.domain.mails.bounces import Bounce


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the sending server said, outside the mail; `sender` None: not known, empty: nobody to answer to."""

    sender: str | None
    recipient: str


@dataclass(frozen=True, slots=True)
class Own:
    """What is ours: the address that filings come to, and the name under which our server records its verdicts."""

    address: str
    authserv_id: str
    trusts_listener: bool = False  # in development alone: whoever reaches the listener is who they say
    sends_as: str = ""  # the address that our letters come from, where it is another

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2].lower()

    @property
    def verifies(self) -> bool:
        """Whether anything can show who sent a mail."""
        return self.authserv_id != "" or self.trusts_listener

    @property
    def domains(self) -> frozenset[str]:
        """Those that our letters come from and go back to."""
        return frozenset({self.domain, self.sends_as.rpartition("@")[2].strip("> ").lower()} - {""})


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file in a mail; `remarks` are codes of what was noticed, `place` counts from 1 (0: the mail's own text)."""

    filename: str
    declared: str
    content: bytes
    remarks: tuple[str, ...] = ()
    place: int = 0


@dataclass(frozen=True, slots=True)
class Mail:
    """What can be told of a mail. `excess` is the limit it went beyond: then it is a person's to look at."""

    sender: Mailbox | None  # None: no `From`, or not exactly one
    to: tuple[str, ...]
    subject: str
    dated: datetime | None
    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    authentication: Authentication
    machine_answer: str | None  # why it is an automatic answer or a loop
    by_machine: str | None  # why it is not to be answered
    is_spam: bool  # as our server took it
    bounce: Bounce | None
    text: str
    quoted: str
    enclosed: tuple[Enclosed, ...]
    excess: str | None

    def is_from_sender(self, own: Own) -> bool:
        """Whether the address in `From` is shown to be the sender's."""
        if self.sender is None:
            return False
        return own.trusts_listener or self.authentication.proves(self.sender.domain)

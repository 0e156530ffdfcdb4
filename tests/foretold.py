"""What a preview says of messages and letters, beside what then lies in mailboxes and waits to be sent."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.domain import exact_json
from app.domain.policy import Audience
from app.domain.wording import version_of, worded
from app.store.messages import messages
from app.store.receipts import receipts
from tests.given import Given
from tests.mail import letters

STAFF = "@staff.example"


class Told(NamedTuple):
    template: str
    subject: str
    text: str
    readers: frozenset[str]


class Sent(NamedTuple):
    template: str
    to: str
    subject: str
    text: str


@dataclass
class Happened:
    """All that an act told, both sides of it."""

    told: list[Told]
    sent: list[tuple[Audience, Sent]]

    def sent_to(self, side: Audience | None) -> list[Sent]:
        return sorted(letter for audience, letter in self.sent if side in (None, audience))


@dataclass
class Before:
    """What was told already."""

    given: Given
    messages: set[UUID]
    letters: int

    @classmethod
    async def now(cls, given: Given) -> "Before":
        async with given.runtime.database.reading() as db:
            lay = set((await db.execute(select(messages.c.id))).scalars())
        return cls(given, lay, len(await letters(given.runtime)))

    async def happened(self) -> Happened:
        async with self.given.runtime.database.reading() as db:
            rows = (await db.execute(select(messages).order_by(messages.c.id))).all()
            heard = (await db.execute(select(receipts.c.message_id, receipts.c.person_id))).all()
        told = []
        for row in rows:
            if row.id in self.messages or row.template is None:
                continue
            words = worded(row.template, exact_json.decode(row.words), row.template_version)
            readers = frozenset(str(each.person_id) for each in heard if each.message_id == row.id)
            told.append(Told(row.template, words.subject, words.text, readers))
        sent = []
        for letter in (await letters(self.given.runtime))[self.letters :]:
            words = worded(letter.template, letter.facts, letter.version or version_of(letter.template))
            # a letter does not keep its side; given's people of the program have addresses of their own
            side = Audience.PROGRAM if letter.to.endswith(STAFF) else Audience.APPLICANT
            sent.append((side, Sent(letter.template, letter.to, words.subject, words.text)))
        return Happened(sorted(told, key=by_words), sent)


def by_words(told: Told) -> tuple[str, str, list[str]]:
    return told.template, told.text, sorted(told.readers)


def messages_of(preview: dict[str, Any]) -> list[Told]:
    shown = [
        Told(
            each["template"],
            each["subject"],
            each["text"],
            frozenset(to["person_id"] for to in each["recipients"]),
        )
        for each in preview["messages"]
    ]
    assert {each["channel"] for each in preview["messages"]} <= {"mailbox"}
    return sorted(shown, key=by_words)


def letters_of(preview: dict[str, Any]) -> list[Sent]:
    """Those that leave at once; what was chosen for a digest, or not by mail, is foretold as such."""
    assert {each["channel"] for each in preview["letters"]} <= {"mail"}
    return sorted(
        Sent(each["template"], each["to"], each["subject"], each["text"])
        for each in preview["letters"]
        if each["mode"] == "now"
    )

"""Telling people of an act: a message in the thread of what it is about and, for some, a letter beside it.

Both are written in the transaction of the act. What is told is decided before anything is done, so that a preview can
show it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain import exact_json, wording
from app.domain.calendars import civil_date
from app.domain.identity import new_id
from app.domain.keyring import Keyring
from app.domain.mail_preferences import Mode, mode_of
from app.domain.mailboxes import About, Turn, main_thread
from app.domain.notices import IN_MAILBOX, INSIDE, TURNS, Hearer, Notice
from app.domain.policy import Actor, Audience
from app.services import post
from app.services.post import Copy, Letter
from app.store import deliveries, hearers
from app.store.digests import digest_items
from app.store.hearers import Heard
from app.store.told import Row, Told
from app.store.writes import Writes


class Hand(Protocol):
    """What it takes to tell: the transaction, who acts, when, and how letters are sealed."""

    @property
    def db(self) -> AsyncConnection: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def now(self) -> datetime: ...
    @property
    def keyring(self) -> Keyring: ...


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is told by name; without an address, or with no letter to it, in the mailbox alone."""

    id: UUID
    email: str | None = None
    name: str = ""


class Addressed(NamedTuple):
    """Whom a letter could go to, and when the person chose to have it."""

    person_id: UUID
    email: str
    mode: Mode = Mode.NOW


@dataclass(frozen=True, slots=True)
class Telling:
    """One message of an act, and the letters that go with it."""

    about: About
    audience: Audience  # in whose thread of it
    template: str
    words: Mapping[str, str]
    hears: frozenset[Hearer] = frozenset()
    people: tuple[Person, ...] = ()
    letters: tuple[Letter, ...] = ()
    others: tuple[Addressed, ...] = ()  # who chose to have it in a digest, or not by mail
    id: UUID = field(default_factory=new_id)

    @property
    def thread_id(self) -> UUID:
        return main_thread(self.about, self.audience)

    def with_letters(self, heard: Iterable[tuple[UUID, str]]) -> "Telling":
        """A letter to each of these people at once, as for what is mandatory; one to each address."""
        return self.addressed(Addressed(person, email) for person, email in heard)

    def addressed(self, heard: Iterable[Addressed]) -> "Telling":
        """A letter to whoever chose to have it now, one to each address; the rest are kept as they chose."""
        to = {each.email: each for each in heard}
        ordered = [to[email] for email in sorted(to)]
        letters = tuple(
            Letter(
                each.email,
                self.template,
                self.words,
                audience=self.audience,
                copy=Copy(self.id, self.thread_id, each.person_id),
            )
            for each in ordered
            if each.mode is Mode.NOW
        )
        return replace(
            self, letters=letters, others=tuple(each for each in ordered if each.mode is not Mode.NOW)
        )

    @property
    def by_mail(self) -> list[Addressed]:
        """Each who hears by mail or could, and when."""
        now = [Addressed(each.copy.person_id, each.to) for each in self.letters if each.copy is not None]
        return [*now, *self.others]


@dataclass(frozen=True, slots=True)
class Said:
    """What an act tells: in mailboxes and, to people who have none here, by letter alone."""

    tellings: tuple[Telling, ...] = ()
    letters: tuple[Letter, ...] = ()

    def __add__(self, other: "Said") -> "Said":
        return Said((*self.tellings, *other.tellings), (*self.letters, *other.letters))


NOTHING: Final = Said()


def by_name(about: About, template: str, words: Mapping[str, str], *people: Person) -> Telling:
    """Told inside the program to these people alone, each with a letter."""
    telling = Telling(about, Audience.PROGRAM, template, words, people=people)
    return telling.with_letters((each.id, each.email) for each in people if each.email is not None)


async def tellings(
    hand: Hand, about: About, notices: Sequence[Notice], words: Mapping[str, str]
) -> tuple[Telling, ...]:
    """A telling for each template of these notices, in their order: a preview is the act."""
    by_mail = frozenset(each.hearer for each in notices if each.by_mail) - {Hearer.ACTOR}
    heard = await hearers.found(hand.db, by_mail, _values(hand, about))
    grouped: dict[str, list[Notice]] = {}
    for each in notices:
        grouped.setdefault(each.template, []).append(each)
    return tuple(_telling(about, group, heard, hand.actor, words) for group in grouped.values())


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody in whose mailbox a message will be unread."""

    id: UUID
    name: str
    audience: Audience


async def readers(hand: Hand, telling: Telling) -> list[Reader]:
    """Everybody who will find it unread, each once, in the order of their names."""
    found = {each.id: Reader(each.id, each.name, Audience.PROGRAM) for each in telling.people}
    for each in await hearers.found(hand.db, telling.hears, _values(hand, telling.about)):
        found.setdefault(each.person_id, Reader(each.person_id, each.name, each.hearer.audience))
    return sorted(found.values(), key=lambda each: (each.name, each.id))


def _values(hand: Hand, about: About) -> dict[str, Any]:
    """What there is to find hearers by."""
    return {
        "applicant": about.applicant_id,
        "request": about.request_id,
        "desk": about.desk_mailbox,
        "today": civil_date(hand.now),
    }


def _telling(
    about: About, notices: Sequence[Notice], heard: Iterable[Heard], actor: Actor, words: Mapping[str, str]
) -> Telling:
    mailed = {each.hearer for each in notices if each.by_mail}
    inside = frozenset(each.hearer for each in notices) & INSIDE
    is_theirs = any(each.hearer not in INSIDE for each in notices)
    told = Telling(
        about,
        Audience.APPLICANT if is_theirs else Audience.PROGRAM,
        notices[0].template,
        words,
        inside | IN_MAILBOX if is_theirs else inside,
    )
    addressed = [
        Addressed(each.person_id, each.email, mode_of(told.template, each.modes, each.address_state))
        for each in heard
        if each.hearer in mailed and each.email
    ]
    if Hearer.ACTOR in mailed and not actor.is_staff and actor.person_id and actor.email:
        # hears only what is mandatory, so nothing that was chosen has to be looked up
        addressed.append(Addressed(actor.person_id, actor.email))
    return told.addressed(addressed)


def tell(hand: Hand, writes: Writes, told: Sequence[Telling], alone: Sequence[Letter] = ()) -> None:
    """Gathers messages and letters, and those that go alone, with whatever else the transaction writes."""
    writes.tell(_told(each, hand.now) for each in told)
    letters = [*alone, *(letter for each in told for letter in each.letters)]
    deliveries.add(hand.db, writes, post.due(hand.keyring, letters), hand.now)
    writes.insert(
        digest_items,
        (
            {"message_id": each.id, "person_id": other.person_id, "at": hand.now}
            for each in told
            for other in each.others
            if other.mode is Mode.DIGEST
        ),
    )


async def tell_at_once(hand: Hand, told: Sequence[Telling]) -> None:
    """The same where nothing else is about to be written."""
    writes = Writes()
    tell(hand, writes, told)
    await writes.send(hand.db)


def _told(telling: Telling, now: datetime) -> Told:
    about = telling.about
    is_theirs = telling.audience is Audience.APPLICANT
    row = Row(
        message_id=telling.id,
        thread_id=telling.thread_id,
        kind=about.kind.value,
        about_id=about.id,
        number=about.number or None,
        request_id=about.request_id,
        audience=telling.audience.value,
        applicant_id=about.applicant_id if is_theirs else None,
        desk=about.desk.value,
        mailbox_id=about.desk_mailbox,
        left_id=None if about.left is None else about.left.mailbox,
        subject=about.subject,
        turn=TURNS.get(telling.template, Turn.NONE).value,
        at=now,
        today=civil_date(now),
        side="system",
        via="act",
        template=telling.template,
        template_version=wording.version_of(telling.template),
        words=exact_json.stored(dict(telling.words)),
    )
    return Told(row, telling.hears, {each.id: each.id for each in telling.people})

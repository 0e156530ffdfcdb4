"""The statements that put messages where they belong, one set for every mix of hearers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Dialect,
    FromClause,
    Insert,
    Integer,
    Select,
    Update,
    Uuid,
    and_,
    column,
    false,
    insert,
    literal,
    literal_column,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy import table as named
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.notices import Hearer
from app.domain.policy import Audience
from app.store.batches import Batch, kind_of
from app.store.columns import Instant
from app.store.hearers import Reach, reached
from app.store.messages import messages
from app.store.receipts import receipts
from app.store.threads import lies, placements, threads
from app.store.told import GIVEN, PEOPLE
from app.store.touches import touch


@dataclass(frozen=True, slots=True)
class Shape:
    """Which hearers the messages of a call have between them, and whether some are told by name."""

    hears: frozenset[Hearer]
    has_people: bool
    leaves: bool = False  # whether a thread leaves a desk
    is_few: bool = False
    is_alike: bool = False  # whether all have the same hearers

    def pieces(self, dialect: Dialect, place: int) -> list[tuple[str, str]]:
        """For PostgreSQL: parts of one WITH by their names; parameters from `place` on."""
        given, heard = _bare("told", GIVEN), _bare_heard()
        people = _bare("told_people", PEOPLE)
        counted = named("told_threads", column("id", Uuid()), column("messages", Integer()))
        # a planner takes a parameter for a hundred rows, and joins by reading tables whole
        made = [("told", _read(GIVEN, place) + (f" LIMIT {FEW}" if self.is_few else ""))]
        if self.has_people:
            made.append(("told_people", _read(PEOPLE, place + 1)))
        statements = [
            ("told_threads", _threads(postgresql, given).returning(threads.c.id, threads.c.messages)),
            ("told_messages", _messages(given, counted)),
            ("told_heard", self._heard(given, people)),
            ("told_receipts", _receipts(postgresql, heard)),
            ("told_places", _places(postgresql, given, self._personal(heard, given))),
        ]
        if self.leaves:
            statements.append(("told_moved", _moved("postgresql", given)))
        return made + [(name, _text(dialect, statement)) for name, statement in statements]

    @property
    def is_written(self) -> bool:
        """Whether some may be by a person, who keeps what it wrote; acts, which are told most, do without the look."""
        return Hearer.WRITERS in self.hears

    @property
    def places(self) -> int:
        """How many parameters its pieces have."""
        return 2 if self.has_people else 1

    @lru_cache(maxsize=64)  # noqa: B019 - shapes are few and equal ones are one
    def one_by_one(self) -> list[Insert | Update]:
        """For SQLite."""
        given = select(GIVEN.table("sqlite")).cte("told")
        heard = self._heard(given, select(PEOPLE.table("sqlite")).cte("told_people")).cte("told_heard")
        return [
            _threads(sqlite, given),
            _messages(given, threads),
            _receipts(sqlite, heard),
            _places(sqlite, given, self._personal(heard, given)),
            *([_moved("sqlite", given)] if self.leaves else []),
        ]

    def _heard(self, given: FromClause, people: FromClause) -> Any:
        """Message, person and mailbox of each who hears, whoever is told in several parts several times."""
        of = Reach(
            given.c.applicant_id,
            given.c.request_id,
            given.c.mailbox_id,
            given.c.today,
            given.c.thread_id,
            given.c.by,
        )
        padded = " " + given.c.hears + " "
        found: list[Select[Any]] = []
        for hearer in sorted(self.hears):
            whole = reached(hearer, of)
            person, mailbox = whole.selected_columns
            whole = whole.where(or_(given.c.by.is_(None), person != given.c.by))
            if not self.is_alike:
                whole = whole.where(padded.contains(_literal(f" {hearer} ")))
            found.append(_heard_columns(whole, given, person, mailbox))
        if self.has_people:
            by_name = select().join_from(given, people, people.c.message_id == given.c.message_id)
            found.append(_heard_columns(by_name, given, people.c.person_id, people.c.mailbox_id))
        if not found:
            nobody = select().select_from(given).where(literal_column("1 = 0"))
            found.append(_heard_columns(nobody, given, given.c.by, given.c.mailbox_id))
        return union_all(*found)

    def _personal(self, heard: FromClause, given: FromClause) -> list[Select[Any]]:
        """The threads that come into people's own mailboxes; none where only applicants and desks hear."""
        if not self.has_people and self.hears.isdisjoint(_BY_THEMSELVES):
            return []
        found = [select(*(heard.c[name] for name in _PLACE))]
        if self.is_written:
            by_staff = and_(given.c.by.is_not(None), given.c.side == _literal(Audience.PROGRAM.value))
            found.append(select(given.c.by, given.c.thread_id, given.c.last_id).where(by_staff))
        return found


def _bare(name: str, batch: Batch) -> FromClause:
    """A part of the same WITH, as the parts after it name it."""
    return named(name, *(column(each.name, each.type) for each in batch.columns))


def _bare_heard() -> FromClause:
    return named("told_heard", *(column(name, kind) for name, kind in _HEARD.items()))


def _read(batch: Batch, place: int) -> str:
    """The rows of a parameter as a table."""
    typed = ", ".join(f'"{each.name}" {kind_of(each)}' for each in batch.columns)
    return f"SELECT * FROM json_to_recordset(${place}::json) AS r({typed})"  # noqa: S608 - names of ours alone


def _text(dialect: Dialect, statement: Any) -> str:
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    return str(compiled).replace("%%", "%")


def _heard_columns(found: Select[Any], given: FromClause, who: Any, mailbox: Any) -> Select[Any]:
    columns = (given.c.message_id, who, mailbox, given.c.thread_id, given.c.last_id, given.c.at)
    return found.with_only_columns(*(each.label(name) for name, each in zip(_HEARD, columns, strict=True)))


def _threads(dialect: Any, given: FromClause) -> Any:
    """Makes each thread or, where it is there already, lengthens it."""
    copied = {
        "id": given.c.thread_id,
        **{name: given.c[name] for name in _OF_THREAD},
        "messages": given.c.count,
        "last_message_id": given.c.message_id,
        "last_at": given.c.at,
        "created_at": given.c.at,
        "created_by": given.c.by,
    }
    made = dialect.insert(threads).from_select(
        list(copied), select(*copied.values()).where(given.c.back == _number(0))
    )
    after = made.excluded
    return made.on_conflict_do_update(
        index_elements=[threads.c.id],
        set_={
            "messages": threads.c.messages + after.messages,
            "last_message_id": after.last_message_id,
            "last_at": after.last_at,
            "turn": after.turn,
            "desk": after.desk,
        },
    )


def _messages(given: FromClause, counted: FromClause) -> Insert:
    copied = {
        "id": given.c.message_id,
        "thread_id": given.c.thread_id,
        "seq": counted.c.messages - given.c.back,
        **{name: given.c[name] for name in _OF_MESSAGE},
    }
    whole = select(*copied.values()).join_from(given, counted, counted.c.id == given.c.thread_id)
    return insert(messages).from_select(list(copied), whole)


def _receipts(dialect: Any, heard: FromClause) -> Any:
    copied = {
        "message_id": heard.c.message_id,
        "person_id": heard.c.person_id,
        "thread_id": heard.c.thread_id,
        "available_at": heard.c.at,
        "touched": touch(dialect.dialect.name, receipts.c.person_id, heard.c.person_id),
    }
    whole = select(*copied.values()).where(literal_column("1 = 1"))
    return dialect.insert(receipts).from_select(list(copied), whole).on_conflict_do_nothing()


def _places(dialect: Any, given: FromClause, personal: Sequence[Select[Any]]) -> Any:
    """In the desk's mailbox, in that of an applicant that it is for, and in those of people."""
    is_last = given.c.back == _number(0)
    is_theirs = given.c.audience == _literal(Audience.APPLICANT.value)
    shared = [
        select(given.c.mailbox_id.label("mailbox_id"), given.c.thread_id, given.c.last_id).where(
            is_last, given.c.mailbox_id.is_not(None)
        ),
        select(given.c.applicant_id, given.c.thread_id, given.c.last_id).where(
            is_last, is_theirs, given.c.applicant_id.is_not(None)
        ),
    ]
    # a thread lies once at its desk and once with its applicant; people may hear in several parts
    everywhere = (union(*shared, *personal) if personal else union_all(*shared)).subquery("everywhere")
    whole = select(
        *(everywhere.c[name] for name in _PLACE),
        false().label("gone"),
        touch(dialect.dialect.name, placements.c.mailbox_id, everywhere.c.mailbox_id),
    ).where(literal_column("1 = 1"))
    made = dialect.insert(placements).from_select(
        ["mailbox_id", "thread_id", "last_message_id", "gone", "touched"], whole
    )
    after = made.excluded
    return made.on_conflict_do_update(
        index_elements=[placements.c.mailbox_id, placements.c.thread_id],
        set_={
            "last_message_id": after.last_message_id,
            "gone": after.gone,
            "touched": after.touched,
        },
    )


def _moved(dialect: str, given: FromClause) -> Update:
    """Takes each thread from the desk that it leaves: whoever follows that desk is told so."""
    now = touch(dialect, placements.c.mailbox_id, placements.c.mailbox_id)
    there = and_(placements.c.mailbox_id == given.c.left_id, placements.c.thread_id == given.c.thread_id)
    return update(placements).where(there, lies).values(gone=True, touched=now)


def _literal(text: str) -> ColumnElement[str]:
    return literal(text, literal_execute=True)


def _number(number: int) -> ColumnElement[int]:
    return literal_column(str(number), Integer)


FEW: Final = 4  # messages of one call, but for those that concern everybody who may rely on something
_PLACE: Final = ("mailbox_id", "thread_id", "last_id")
_BY_THEMSELVES: Final = frozenset({Hearer.LEAD, Hearer.TEAM, Hearer.WRITERS})
_HEARD: Final[Mapping[str, Any]] = {
    "message_id": Uuid(),
    "person_id": Uuid(),
    "mailbox_id": Uuid(),
    "thread_id": Uuid(),
    "last_id": Uuid(),
    "at": Instant(),
}
_OF_THREAD: Final = (
    "kind", "about_id", "number", "request_id", "audience", "applicant_id", "desk", "subject", "turn",
)  # fmt: skip
_OF_MESSAGE: Final = (
    "at", "side", "by", "via", "template", "template_version", "words", "text", "quoted", "files",
)  # fmt: skip

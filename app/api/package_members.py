"""The members of a package: each document is what its route would answer, for the same audience."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.api import assignments, attachments, conflicts, decisions, notes, questions
from app.api.consult_shapes import for_staff
from app.api.designation_requests import version_shown
from app.api.package_record import Inside, Record
from app.api.records import link_shown
from app.api.runtime import Runtime
from app.api.views import whole
from app.domain import exact_json, letters, packages
from app.domain.packages import Member, Omitted
from app.domain.policy import Actor
from app.services import assessing, exchanges, records
from app.services.journal import instant
from app.storage.scanning import Scan
from app.store import versions
from app.store.attachments import Attachment
from app.store.columns import Record as Row
from app.store.versions import Version

UNJUDGED = {Scan.INFECTED: "infected", Scan.PENDING: "pending"}


@dataclass(frozen=True, slots=True)
class Packer:
    """Makes members of a record, for one audience; `missing` are the blobs that storage does not have."""

    record: Record
    actor: Actor
    the: Runtime
    missing: frozenset[str]

    @property
    def as_of(self) -> datetime:
        """The last change that the audience can see."""
        found = self.record.found
        return found.updated_at if self.actor.is_staff else found.applicant_updated_at

    def all(self) -> tuple[list[Member], list[Omitted]]:
        members = [*self._documents(), *self._decisions()]
        record = self.record
        documents = {"events.json": record.events, "correspondence.json": record.exchange}
        omitted = [Omitted(path, "not_permitted") for path, rows in documents.items() if rows is None]
        members += [self._version(kept, size) for kept, size in self.record.versions]
        for number, file in enumerate(self.record.files, start=1):
            place = self._file(packages.place_of_file(number, file.filename), file)
            if isinstance(place, Member):
                members.append(place)
            else:
                omitted.append(place)
        return members, omitted

    def _json(self, path: str, tree: Any, at: datetime | None = None) -> Member:
        return packages.written(path, at or self.as_of, exact_json.encode(tree))

    def _documents(self) -> Iterator[Member]:
        record, actor = self.record, self.actor
        yield self._json("request.json", whole(record.found, actor))
        yield self._json("journal.json", {"items": [self._link(row) for row in record.entries]})
        yield self._json("timeline.json", {"items": records.story(record.entries, record.passages, actor)})
        if record.events is not None:
            yield self._json("events.json", {"items": [exact_json.raw(row.body) for row in record.events]})
        yield self._json("versions.json", {"items": [version_shown(kept) for kept, _ in record.versions]})
        yield self._json("attachments.json", {"items": [attachments.shown(file) for file in record.files]})
        asked = [questions.shown(record.found, each, actor) for each in record.rounds]
        yield self._json("questions.json", {"items": asked})
        if record.exchange is not None:
            yield self._json("correspondence.json", {"items": exchanges.shown(record.exchange, actor)})
        yield from self._receipts()
        if record.inside is not None:
            yield self._json("review.json", self._review(record.inside))

    def _link(self, row: Row) -> dict[str, Any]:
        """An entry; for the program with what opens its commitment to a member of staff."""
        shown = link_shown(records.link_of(row, self.actor))
        return {**shown, "opening": row.opening} if self.actor.is_staff else shown

    def _receipts(self) -> Iterator[Member]:
        """The receipt as it now is, and each earlier one by the version it was given for."""
        for place, kept in enumerate(reversed(self.record.filings)):
            path = "receipt.json" if place == 0 else f"receipts/{kept.version}.json"
            signed = {
                "receipt": exact_json.raw(kept.receipt),
                "signature": exact_json.raw(kept.receipt_signature),
            }
            yield self._json(path, signed, kept.created_at)

    def _decisions(self) -> Iterator[Member]:
        made = self.record.decisions
        if not made:
            return
        shown = [decisions.shown(self.record.found, each, made, self.actor) for each in made]
        yield self._json("decision.json", {"items": shown}, made[-1].at)
        for each in made:
            letter = letters.letter_of(exact_json.decode(each.letter))
            path = f"letters/decision-{each.n}"
            yield packages.written(f"{path}.html", each.at, letters.html_of(letter).encode())
            yield packages.written(f"{path}.pdf", each.at, letters.pdf_of(letter))

    def _review(self, inside: Inside) -> dict[str, Any]:
        report = exact_json.decode(self.record.filings[-1].report) if self.record.filings else {}
        return {
            "assignments": [assignments.view(each) for each in inside.assignments],
            "conflicts": [conflicts.view(each) for each in inside.conflicts],
            "notes": [notes.view(each) for each in inside.notes],
            "consults": [for_staff(each) for each in inside.consults],
            "assessments": [
                {
                    "id": each.id,
                    "person": {"id": each.person_id, "name": each.name},
                    "at": instant(each.at),
                    **assessing.shown(each, self.record.found, report),
                }
                for each in inside.assessments
            ],
        }

    def _version(self, kept: Version, size: int) -> Member:
        """A content as it was sent: the very text whose digest the journal names, read when its turn comes."""
        found, database = self.record.found, self.the.database

        async def pieces() -> AsyncIterator[bytes]:
            async with database.reading() as db:
                read = await versions.version(db, found, kept.version)
            if (
                read is not None
            ):  # a draft may be deleted meanwhile; what is not there does not fit its digest
                yield read.content.encode()

        path = f"versions/{kept.version}.json"
        return Member(path, kept.created_at, size, kept.content_digest, pieces)

    def _file(self, path: str, file: Attachment) -> Member | Omitted:
        reason = UNJUDGED.get(Scan(file.scan)) or ("missing" if file.blob in self.missing else None)
        if reason is not None:
            return Omitted(path, reason, file.size, file.sha256)
        blobs = self.the.blobs
        return Member(path, file.created_at, file.size, file.sha256, lambda: blobs.read(file.blob))

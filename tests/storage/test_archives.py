"""Archives written while they are sent: the same bytes each time, one piece in memory, safe to unpack."""

import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import files, packages
from app.domain.packages import Member, is_safe, place_of_file
from app.storage.archives import Altered, zipped

AT = datetime(2026, 6, 1, 15, 4, 6, tzinfo=UTC)


async def whole(*members: Member) -> bytes:
    return b"".join([piece async for piece in zipped(members)])


def read(raw: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(raw))


async def test_an_archive_holds_its_members_in_order_with_the_instants_of_the_record():
    elsewhere = AT.astimezone(timezone(timedelta(hours=-4)))
    archive = read(
        await whole(packages.written("b.json", AT, b"{}"), packages.written("a/ü.txt", elsewhere, b""))
    )
    assert archive.testzip() is None
    assert [(each.filename, each.file_size) for each in archive.infolist()] == [("b.json", 2), ("a/ü.txt", 0)]
    assert {each.date_time for each in archive.infolist()} == {(2026, 6, 1, 15, 4, 6)}
    assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}


async def test_one_piece_is_held_at_a_time():
    """Before a piece is asked for, all that came before it has been sent but the few bytes of a header."""
    asked = sent = 0
    held = []

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal asked
        for _ in range(200):
            held.append(asked - sent)
            asked += 1000
            yield b"x" * 1000

    member = replace(packages.written("large.txt", AT, b"x" * 200_000), pieces=pieces)
    async for piece in zipped([member]):
        sent += len(piece)
    assert len(held) == 200
    assert max(held) <= 0


@pytest.mark.parametrize("said", [{"size": 3}, {"size": 5}, {"sha256": "0" * 64}])
async def test_what_is_not_as_it_was_said_never_becomes_an_archive(said):
    member = replace(packages.written("a.txt", AT, b"four"), **said)
    got = io.BytesIO()

    async def receive() -> None:
        async for piece in zipped([member]):
            got.write(piece)

    with pytest.raises(Altered, match=r"a\.txt"):
        await receive()
    with pytest.raises(zipfile.BadZipFile):
        read(got.getvalue())


async def test_an_end_before_the_last_piece_leaves_nothing_running():
    archive = zipped([packages.written("a.txt", AT, b"one"), packages.written("b.txt", AT, b"two")])
    await anext(archive)
    await archive.aclose()


@given(st.text(min_size=1, max_size=300), st.integers(1, 10_000))
def test_every_name_that_a_file_may_have_has_a_safe_place(name, number):
    try:
        kept = files.safe_name(name)
    except files.NameRefused:
        return
    place = place_of_file(number, kept)
    assert is_safe(place)
    assert place.startswith(f"attachments/{number:02d}-")
    assert len(place.removeprefix("attachments/").encode()) <= 255
    assert files.extension_of(kept) in {"", files.extension_of(place)} or "." not in kept


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../a", "a/../b", "a//b", "a/./b", "C:/a", "a\\b", "a\0b", "a/", "\u202ea"]
)
def test_a_path_that_leads_elsewhere_is_told(path):
    assert not is_safe(path)

"""Blobs, in a folder and in a bucket alike."""

import asyncio
import itertools
import os
import shutil
import threading
import time
from collections.abc import AsyncIterator

import pytest

from app.domain.errors import Unavailable
from app.storage.blobs import AT_ONCE, PART, BlobMissing, Blobs, BlobTaken

SIZES = [0, 1, PART - 1, PART, 2 * PART + 7]


async def stream(content: bytes, piece: int = 2**16) -> AsyncIterator[bytes]:
    for start in range(0, len(content), piece):
        yield content[start : start + piece]


async def whole(blobs: Blobs, name: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in await blobs.opened(name, start, end)])


async def names(blobs: Blobs) -> list[str]:
    return sorted([stored.name async for stored in blobs.listed()])


@pytest.mark.parametrize("size", SIZES)
async def test_what_goes_in_comes_out_whole_and_in_part(blobs, size):
    content = os.urandom(size)
    await blobs.put("a/b", stream(content))
    assert await whole(blobs, "a/b") == content
    if size > 8:
        assert await whole(blobs, "a/b", 3, 8) == content[3:8]
        assert await whole(blobs, "a/b", size - 5) == content[-5:]
        assert blobs.read_span("a/b", 1, 6) == content[1:6]
    assert await names(blobs) == ["a/b"]


@pytest.mark.parametrize("size", [9, 2 * PART])
async def test_a_name_that_is_taken_keeps_its_first_bytes(blobs, size):
    await blobs.put("a/b", stream(b"first"))
    with pytest.raises(BlobTaken):
        await blobs.put("a/b", stream(bytes(size)))
    assert await whole(blobs, "a/b") == b"first"
    assert await names(blobs) == ["a/b"]


async def test_of_several_that_want_one_name_one_gets_it_and_its_own_bytes_are_there(blobs):
    for name in (f"a/{n}" for n in range(40)):
        contents = [bytes([n]) * 1000 for n in range(6)]
        done = await asyncio.gather(
            *(blobs.put(name, stream(each)) for each in contents), return_exceptions=True
        )
        assert sorted(repr(each) for each in done) == [repr(BlobTaken(name))] * 5 + ["None"]
        assert await whole(blobs, name) == contents[done.index(None)]
    assert len(await names(blobs)) == 40


@pytest.mark.parametrize("size", [0, 10, 3 * PART])
async def test_a_source_that_fails_leaves_nothing_and_its_own_error(blobs, size):
    async def failing() -> AsyncIterator[bytes]:
        async for piece in stream(bytes(size)):
            yield piece
        raise KeyError("cut")

    with pytest.raises(KeyError):
        await blobs.put("a/b", failing())
    assert await names(blobs) == []
    if blobs.folder is not None:
        assert [path for path in blobs.folder.rglob("*") if path.is_file()] == []


async def test_a_blob_is_seen_only_when_all_of_it_is_there(blobs):
    seen = []

    async def slow() -> AsyncIterator[bytes]:
        async for piece in stream(bytes(2 * PART)):
            yield piece
        seen.extend(await names(blobs))

    await blobs.put("a/b", slow())
    assert "a/b" not in seen


async def test_what_is_missing_is_said_before_the_first_byte_and_can_be_deleted_again(blobs):
    with pytest.raises(BlobMissing):
        await blobs.opened("a/none")
    with pytest.raises(BlobMissing):
        blobs.read_span("a/none", 0, 1)
    await blobs.delete("a/none")


async def test_a_storage_that_is_away_is_unavailable_and_nothing_worse(bucket_url, tmp_path):
    away = Blobs("s3://no-such-bucket-here/desk")
    with pytest.raises(Unavailable):
        await away.put("a/b", stream(b"x"))
    file = tmp_path / "file"
    folder = Blobs(str(tmp_path / "folder"))
    file.write_bytes(b"not a folder")
    (tmp_path / "folder" / "a").symlink_to(file)
    with pytest.raises(Unavailable):
        await folder.put("a/b", stream(b"x"))


def test_half_a_file_of_a_process_that_died_goes_after_a_day(tmp_path):
    blobs = Blobs(str(tmp_path))
    half = tmp_path / "incoming" / "a" / "b#1"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    now = time.time()
    assert blobs.drop_abandoned(now) == 0
    assert blobs.drop_abandoned(now + 25 * 3600) == 1
    assert not half.exists()


def test_half_files_are_looked_for_while_others_come_and_go(tmp_path):
    blobs, over = Blobs(str(tmp_path)), threading.Event()

    def arrive() -> None:
        for n in itertools.count():
            place = tmp_path / "incoming" / str(n) / "a"
            place.mkdir(parents=True)
            (place / "b#1").write_bytes(b"half")
            shutil.rmtree(place.parent)
            if over.is_set():
                return

    arriving = threading.Thread(target=arrive)
    arriving.start()
    try:
        assert {blobs.drop_abandoned() for _ in range(500)} == {0}
    finally:
        over.set()
        arriving.join()


def test_an_upload_holds_less_than_its_share_of_memory():
    assert (AT_ONCE + 2) * PART <= 20 * 2**20 + PART

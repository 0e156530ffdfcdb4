"""Documents opened by readers that were not written for strangers' files."""

import io
import zipfile
from collections.abc import AsyncIterator

import pytest
from pypdf import PdfWriter

from app.storage import opening
from app.storage.blobs import BlobMissing, Blobs
from app.storage.opening import Window, flaw_of_pdf, names_in_archive
from tests.files import bursting_pdf, pdf, zipped


def encrypted(user: str, owner: str) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.encrypt(user, owner, algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def looped() -> bytes:
    """A PDF whose page tree contains itself."""
    return pdf().replace(b"/Kids [ 4 0 R ]", b"/Kids [ 1 0 R ]")


def large(size: int) -> bytes:
    """A sound PDF with one large stream in it."""
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.add_attachment("data.bin", bytes(size))
    writer.write(out)
    return out.getvalue()


OPEN = {
    "one page": (pdf(), True),
    "many pages": (pdf(400), True),
    "a large stream inside": (large(20 * 2**20), True),
    "an owner's password alone": (encrypted("", "owner"), True),
    "a password to read it": (encrypted("secret", "owner"), False),
    "cut": (pdf()[:200], False),
    "no pages": (pdf(0), False),
    "twenty megabytes behind its end": (pdf() + b"x" * (20 * 2**20), False),
    "a bomb": (bursting_pdf(), False),
    "no PDF at all": (b"hello", False),
}


@pytest.fixture
def blobs(tmp_path) -> Blobs:
    return Blobs(str(tmp_path))


async def put(blobs: Blobs, content: bytes) -> None:
    async def source() -> AsyncIterator[bytes]:
        yield content

    await blobs.put("a/b", source())


@pytest.mark.parametrize("case", OPEN)
async def test_a_pdf_opens_or_it_is_said_why_not(blobs, case):
    content, opens = OPEN[case]
    await put(blobs, content)
    assert (await flaw_of_pdf(blobs, "a/b", len(content)) is None) == opens


async def test_an_archive_tells_its_names_or_nothing(blobs):
    content = zipped(one="1", two="2")
    await put(blobs, content)
    assert await names_in_archive(blobs, "a/b", len(content)) == ["one", "two"]
    await blobs.delete("a/b")
    await put(blobs, content[:-10])
    assert await names_in_archive(blobs, "a/b", len(content) - 10) is None


async def test_an_archive_of_very_many_names_is_not_read(blobs):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(opening.MOST_ENTRIES + 1):
            archive.writestr(str(number), "")
    await put(blobs, out.getvalue())
    assert await names_in_archive(blobs, "a/b", len(out.getvalue())) is None


async def test_bytes_that_are_gone_are_not_taken_for_a_bad_document(blobs):
    with pytest.raises(BlobMissing):
        await flaw_of_pdf(blobs, "a/none", 1000)


async def test_the_window_ends_a_reader_that_takes_too_much_or_too_long(blobs, tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2 * opening.IN_ALL)
    size = 2 * opening.IN_ALL
    greedy = io.BufferedReader(Window(blobs, "sparse", size))
    with pytest.raises(opening.Exhausted):
        greedy.read()
    with pytest.raises(opening.Exhausted):
        io.BufferedReader(Window(blobs, "sparse", size)).read(opening.AT_ONCE + opening.BUFFER)
    steady = Window(blobs, "sparse", size)
    for _ in range(opening.IN_ALL // opening.AT_ONCE):
        steady.read(opening.AT_ONCE)
    with pytest.raises(opening.Exhausted):
        steady.read(1)
    assert steady.read_in_all == opening.IN_ALL
    with pytest.raises(opening.Exhausted):
        Window(blobs, "sparse", size, seconds=-1).read(1)

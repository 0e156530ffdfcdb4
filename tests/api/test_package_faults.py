"""A package that was changed names what was changed, however little it was; one that was not, holds."""

import io
import json
import random
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from app.cli import app
from app.domain import exact_json, package_faults
from app.domain.keyring import Keyring
from tests.given import Given
from tests.packages import faults, filed, package, repacked, unpacked


@pytest.fixture
async def made(sqlite_given: Given) -> bytes:
    """The program's package of a decided request, which has members of every kind."""
    person, company = await sqlite_given.member(), await sqlite_given.desk()
    number = (await sqlite_given.decided_after_questions(person, company))["number"]
    return await package(company.lead, number)


@pytest.fixture
async def theirs(sqlite_given: Given) -> bytes:
    """An applicant's package with two files."""
    person = await sqlite_given.member()
    return await package(person, await filed(sqlite_given, person, "a.pdf", "b.pdf"))


def span(raw: bytes, entry: zipfile.ZipInfo) -> range:
    """Where the bytes of a member lie in the archive."""
    head = raw[entry.header_offset : entry.header_offset + 30]
    start = (
        entry.header_offset
        + 30
        + int.from_bytes(head[26:28], "little")
        + int.from_bytes(head[28:30], "little")
    )
    return range(start, start + entry.file_size)


async def test_one_byte_of_any_member_changed_is_named(sqlite_given: Given, made: bytes):
    dice = random.Random(7)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        entries = archive.infolist()
    assert len(entries) > 12
    for entry in entries:
        places = span(made, entry)
        for place in {places[0], places[-1], dice.choice(places)}:
            changed = bytearray(made)
            changed[place] ^= 1 << dice.randrange(8)
            found = await faults(sqlite_given, bytes(changed))
            assert found, (entry.filename, place)
            assert all(each.startswith(f"{entry.filename}: ") for each in found), found


async def test_a_member_written_anew_is_named_though_the_archive_is_sound(sqlite_given: Given, made: bytes):
    members = unpacked(made)
    for path, raw in members.items():
        forged = {**members, path: raw.replace(b":", b";", 1)}
        found = await faults(sqlite_given, repacked(forged.items()))
        assert [each for each in found if each.startswith(f"{path}: ")], path


async def test_what_is_missing_added_doubled_or_moved_is_named(sqlite_given: Given, theirs: bytes):
    items = list(unpacked(theirs).items())
    for place, (path, raw) in enumerate(items):
        without = await faults(sqlite_given, repacked(items[:place] + items[place + 1 :]))
        assert any(each.startswith(f"{path}: is missing") for each in without), without
        with pytest.warns(UserWarning, match="Duplicate name"):
            twice = repacked([*items, (path, raw)])
        assert f"{path}: is there twice" in await faults(sqlite_given, twice)
    swapped = [items[0], items[2], items[1], *items[3:]]
    assert await faults(sqlite_given, repacked(swapped)) == (
        f"{items[2][0]}: stands where the manifest has {items[1][0]}",
    )
    added = await faults(sqlite_given, repacked([*items, ("attachments/03-c.pdf", b"%PDF-")]))
    assert added == ("attachments/03-c.pdf: is not in the manifest",)


@pytest.mark.parametrize("path", ["../evil.txt", "/evil.txt", "a/../../evil.txt", "C:\\evil.txt"])
async def test_a_path_that_leads_elsewhere_is_named(sqlite_given: Given, theirs: bytes, path: str):
    found = await faults(sqlite_given, repacked([*unpacked(theirs).items(), (path, b"x")]))
    assert any("leads out of the folder" in each for each in found), found


async def test_bytes_beside_the_members_are_named(sqlite_given: Given, theirs: bytes):
    with zipfile.ZipFile(io.BytesIO(theirs)) as archive:
        entries, directory = archive.infolist(), archive.start_dir
    third = span(theirs, entries[2]).stop
    hidden = repacked([("hidden.txt", b"Only a reader that goes along sees this.")])[:60]
    for changed, said in (
        (b"#!/bin/sh\n" + theirs, "the archive: begins with something"),
        (theirs + b"more", "the archive: ends with something"),
        (_with(theirs, entries, third + 16, hidden), "journal.json: is followed by something"),
        (_with(theirs, entries, directory, hidden), f"{entries[-1].filename}: is followed by something"),
    ):
        found = await faults(sqlite_given, changed)
        assert len(found) == 1, found
        assert found[0].startswith(said)


def _with(raw: bytes, entries: list[zipfile.ZipInfo], at: int, more: bytes) -> bytes:
    """The archive with bytes put in, and its directory none the wiser but for where things lie."""
    changed = bytearray(raw[:at] + more + raw[at:])
    place = raw.rindex(b"PK\x05\x06") + len(more)
    begins = int.from_bytes(changed[place + 16 : place + 20], "little") + len(more)
    changed[place + 16 : place + 20] = begins.to_bytes(4, "little")
    for entry in entries:
        if entry.header_offset >= at:
            changed[begins + 42 : begins + 46] = (entry.header_offset + len(more)).to_bytes(4, "little")
        begins += 46 + sum(
            int.from_bytes(changed[begins + each : begins + each + 2], "little") for each in (28, 30, 32)
        )
    return bytes(changed)


async def test_what_our_archives_never_have_is_named(sqlite_given: Given, theirs: bytes):
    compressed = io.BytesIO()
    with zipfile.ZipFile(compressed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = b"Read me."
        for path, raw in unpacked(theirs).items():
            archive.writestr(path, raw)
    found = await faults(sqlite_given, compressed.getvalue())
    assert "the archive: ends with something that is no part of it" in found
    assert "request.json: is compressed, which we never do" in found


def resigned(members: dict[str, bytes], keyring: Keyring) -> bytes:
    """The package with other members, their manifest made and signed by whoever has the keyring."""
    manifest = exact_json.decode(members["manifest.json"])["manifest"]
    manifest["members"] = [
        {"path": path, "size": len(raw), "sha256": exact_json.sha256(raw)}
        for path, raw in members.items()
        if path != "manifest.json"
    ]
    signature = dict(keyring.sign(exact_json.canonical(manifest)))
    members = {**members, "manifest.json": exact_json.encode({"manifest": manifest, "signature": signature})}
    return repacked(members.items())


async def test_a_manifest_signed_by_another_key_is_named(sqlite_given: Given, theirs: bytes):
    forger = Keyring(b"x" * 32, Ed25519PrivateKey.generate())
    found = await faults(sqlite_given, resigned(unpacked(theirs), forger))
    assert found == (f"manifest.json: no key {forger.kid} among the public keys given",)
    assert await faults(sqlite_given, resigned(unpacked(theirs), sqlite_given.runtime.keyring)) == ()


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (
            "journal.json",
            b'"action":"draft_opened"',
            b'"action":"draft_0pened"',
            "journal.json: entry 1 was changed",
        ),
        ("journal.json", b'"items":[{', b'"items":[0,{', "journal.json: is no journal"),
        (
            "receipt.json",
            b'"statutory_due_on":"2026',
            b'"statutory_due_on":"2027',
            "receipt.json: the signature",
        ),
        ("receipt.json", b'{"receipt"', b'{"deceipt"', "receipt.json: this is not a receipt"),
        (
            "versions/1.json",
            b'"title"',
            b'"tit1e"',
            "receipt.json: is for another content than versions/1.json",
        ),
    ],
)
async def test_even_what_the_service_would_sign_must_fit_together(
    sqlite_given: Given, theirs: bytes, path, old, new, said
):
    members = unpacked(theirs)
    assert old in members[path], members[path][:300]
    forged = resigned({**members, path: members[path].replace(old, new, 1)}, sqlite_given.runtime.keyring)
    found = await faults(sqlite_given, forged)
    assert any(each.startswith(said) for each in found), found


async def test_a_chain_cut_short_or_a_file_left_out_is_named(sqlite_given: Given, theirs: bytes, made: bytes):
    keyring = sqlite_given.runtime.keyring
    members = unpacked(theirs)
    journal = json.loads(members["journal.json"])
    cut = {**members, "journal.json": exact_json.encode({"items": journal["items"][:-1]})}
    assert any("the chain ends early" in each for each in await faults(sqlite_given, resigned(cut, keyring)))
    without = {path: raw for path, raw in members.items() if path != "attachments/02-b.pdf"}
    found = await faults(sqlite_given, resigned(without, keyring))
    assert found == ("receipt.json: names a file that the package does not have: b.pdf",)
    inside = unpacked(made)
    items = json.loads(inside["journal.json"])["items"]
    named = next(each for each in items if each["opening"])
    named["opening"] = "0" * 32 + ":" + named["opening"].partition(":")[2]
    lied = {**inside, "journal.json": exact_json.encode({"items": items})}
    found = await faults(sqlite_given, resigned(lied, keyring))
    assert found == (
        f"journal.json: entry {named['seq']} names another member of staff than it committed to",
    )


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"", b'{"manifest": {}, "signature": {}}', b"\xff", b"1e999"])
async def test_a_manifest_that_is_none_is_named(sqlite_given: Given, theirs: bytes, raw: bytes):
    found = await faults(sqlite_given, repacked({**unpacked(theirs), "manifest.json": raw}.items()))
    assert found
    assert all(each.startswith("manifest.json: ") for each in found)


def test_an_empty_archive_is_no_package():
    with zipfile.ZipFile(io.BytesIO(repacked([]))) as archive:
        assert package_faults.judged(archive, []).faults == (
            "manifest.json: is missing: it is the first member of a package",
        )


async def test_the_command_says_what_holds_and_what_is_broken(
    sqlite_given: Given, theirs: bytes, tmp_path: Path
):
    keys = tmp_path / "keys.json"
    keys.write_bytes((await sqlite_given.client.get("/v1/keys")).content)
    whole, broken = tmp_path / "whole.zip", tmp_path / "broken.zip"
    whole.write_bytes(theirs)
    broken.write_bytes(theirs.replace(b'"received"', b'"rejected"'))
    for file, code, said in (
        (whole, 0, "package of the applicant holds"),
        (broken, 1, "request.json: was changed"),
        (keys, 1, "cannot read"),
        (tmp_path / "none.zip", 1, "cannot read"),
    ):
        answered = CliRunner().invoke(app, ["verify-package", str(file), "--keys", str(keys)])
        assert (answered.exit_code, said in answered.output) == (code, True), answered.output
    # without the keys the service's own count, where the command runs beside it
    beside = ["verify-package", str(whole), "--data-dir", str(sqlite_given.runtime.settings.data_dir)]
    assert CliRunner().invoke(app, beside).exit_code == 0
    elsewhere = CliRunner().invoke(app, [*beside[:-1], str(tmp_path / "another")])
    assert (elsewhere.exit_code, "no key" in elsewhere.output) == (1, True)

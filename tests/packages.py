"""Packages as tests look into them: their members, and the same archive with something else in it."""

import io
import json
import re
import zipfile
from collections.abc import Iterable
from typing import Any

from app.domain import package_faults
from tests.files import attach, pdf
from tests.given import Given, Person

PATH = "/v1/designation-requests"
SIZE = re.compile(r'"size":\d+')


async def filed(given: Given, person: Person, *names: str) -> str:
    """The number of a received request with these files."""
    number = (await given.ready_draft(person))["number"]
    for name in names:
        attached = await attach(person, number, pdf(), name)
        assert attached.status_code == 201, attached.text
    moved = await given.move(person, number, "submit")
    assert moved.status_code == 200, moved.text
    return number


async def faults(given: Given, raw: bytes) -> tuple[str, ...]:
    keys = (await given.client.get("/v1/keys")).json()["keys"]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return package_faults.judged(archive, keys).faults


async def package(person: Person, number: str) -> bytes:
    answered = await person.get(f"{PATH}/{number}/package")
    assert answered.status_code == 200, answered.text
    return answered.content


def unpacked(raw: bytes) -> dict[str, bytes]:
    """Every member by its path, in order."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def document(raw: bytes, path: str) -> Any:
    return json.loads(unpacked(raw)[path])


def repacked(members: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of these members, sound as a zip archive goes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, raw in members:
            archive.writestr(zipfile.ZipInfo(path), raw)
    return out.getvalue()


def told(raw: bytes) -> str:
    """What a package says, in one text: without sizes, as names are of any length, and without who signed."""
    members = unpacked(raw)
    signed = {path for path in members if path == "decision.json" or path.startswith("letters/")}
    texts = (f"{path}\n{'' if path in signed else raw.decode()}" for path, raw in members.items())
    return SIZE.sub('"size":0', "\n".join(texts))

"""Mailboxes in a header: the address that a program compares and the name that a person reads."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.domain.mails import fields

# The addresses people have: no quoted local part, no address literal, no comment inside. Others are not recognised.
ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
LONGEST: Final = 254


@dataclass(frozen=True, slots=True)
class Mailbox:
    address: str
    name: str = ""

    @property
    def key(self) -> str:
        """The address as it is compared: case tells no two mailboxes apart."""
        return self.address.casefold()

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]


def plain(text: str) -> str | None:
    """The address, if the text is one and nothing else."""
    bare = text.strip().removeprefix("<").removesuffix(">").strip()
    return bare if len(bare) <= LONGEST and ADDRESS.fullmatch(bare) else None


def mailboxes(value: str) -> list[Mailbox | None]:
    """The mailboxes of one field in their order; None stands for one that is none."""
    return [_mailbox(each) for each in _listed(value) if each.strip()]


def _listed(value: str) -> Iterator[str]:
    """Split at commas outside quotes, comments and brackets; comments are left out."""
    held: list[str] = []
    quoted, depth, escaped = False, 0, False
    for char in value:
        if escaped or char == "\\":
            escaped = not escaped
            held += [] if depth else [char]
        elif char == '"' and not depth:
            quoted = not quoted
            held.append(char)
        elif not quoted and char in "()":
            depth = depth + 1 if char == "(" else max(0, depth - 1)
        elif depth:
            continue
        elif char in ",;" and not quoted:
            yield "".join(held)
            held = []
        else:
            held.append(char)
    yield "".join(held)


def _mailbox(text: str) -> Mailbox | None:
    name, opens, rest = text.rpartition("<")
    if not opens:
        address = plain(text)
        return None if address is None else Mailbox(address)
    address = plain(rest.strip().removesuffix(">"))
    if address is None or not rest.strip().endswith(">"):
        return None
    return Mailbox(address, fields.shown(name.replace('"', "").replace("\\", "")))

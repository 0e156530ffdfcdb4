"""The text of an API key: `amtdp_` + 12 characters to find it by + 32 secret ones + 6 of checksum.

The checksum (CRC-32 in base 62) lets a scanner tell a leaked key from a random word, and lets the door
refuse a mistyped one without asking the database.
"""

import secrets
import string
import zlib
from dataclasses import dataclass

PREFIX = "amtdp_"
ALPHABET = string.digits + string.ascii_letters
LOOKUP, SECRET, CHECK = 12, 32, 6


@dataclass(frozen=True, slots=True)
class ApiKey:
    text: str

    @property
    def lookup(self) -> str:
        """The public part: it finds the row and may be shown."""
        return self.text[len(PREFIX) :][:LOOKUP]


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(CHECK):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def new() -> ApiKey:
    text = PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(LOOKUP + SECRET))
    return ApiKey(text + _checksum(text))


def parse(text: str) -> ApiKey | None:
    """The key, or None where prefix, length, alphabet or checksum is off."""
    well_formed = (
        len(text) == len(PREFIX) + LOOKUP + SECRET + CHECK and text.isascii() and text.startswith(PREFIX)
    )
    if not well_formed or _checksum(text[:-CHECK]) != text[-CHECK:]:
        return None
    return ApiKey(text)

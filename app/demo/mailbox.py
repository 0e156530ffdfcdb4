"""Where a demonstration reads its mail: the `.eml` files that a development server writes."""

import re
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

_CODE: Final = re.compile(r"(?<![\w-])[0-9]{6}(?![\w-])")
_PAUSE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of `.eml` files; `patience` is how many seconds a letter may take to arrive."""

    folder: Path
    patience: float = 20.0

    def code_for(self, address: str) -> str | None:
        """The newest six-digit code sent to the address; None if none arrives in time."""
        until = time.monotonic() + self.patience
        known = set[Path]()
        while True:
            new = [file for file in self.folder.glob("*.eml") if file not in known]
            known.update(new)
            code = _newest_code(new, address)
            if code is not None or time.monotonic() >= until:
                return code
            time.sleep(_PAUSE)


def _newest_code(files: list[Path], address: str) -> str | None:
    for file in sorted(files, key=lambda file: file.stat().st_mtime_ns, reverse=True):
        raw = file.read_bytes()
        if address.encode() not in raw.lower():
            continue  # a look costs a hundredth of reading it as a mail, and most are for others
        letter = message_from_bytes(raw, policy=policy.default)
        if isinstance(letter, EmailMessage) and address in str(letter["To"]).lower():
            found = _CODE.search(_text(letter))
            if found:
                return found[0]
    return None


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain", "html"))
    return "" if body is None else str(body.get_content())

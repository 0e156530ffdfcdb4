"""What a sender wrote and what they only quoted. Nothing is thrown away: the quoted part is kept beside it."""

import re
from dataclasses import dataclass
from typing import Final

REPLY_LINE: Final = "--- Write your reply above this line ---"  # stands in our own letters
LONGEST_ATTRIBUTION: Final = 3  # lines that `On … wrote:` may be wrapped over
# Below one of these there is nothing but an earlier mail.
_ENDS: Final = re.compile(
    r"-{2,}\s*(original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original)\s*-{2,}"
    r"|_{20,}",
    re.IGNORECASE,
)
_ATTRIBUTION: Final = re.compile(
    r"(on|am|le|el|il|op|em)\s.{4,400}(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu)\s*[^:]{0,40}:",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Said:
    own: str
    quoted: str = ""


def split(text: str) -> Said:
    """The sender's own words and what they quote. Where all of it is quoted, all of it is said."""
    lines = text.split("\n")
    end = next((place for place, line in enumerate(lines) if _is_end(line)), len(lines))
    own, quoted = _unquoted(lines[:end])
    quoted += lines[end:]
    said = "\n".join(own).strip()
    if not said:
        return Said(text.strip())
    return Said(said, "\n".join(quoted).strip())


def _is_end(line: str) -> bool:
    bare = line.strip().lstrip("> ")
    return REPLY_LINE in line or _ENDS.fullmatch(bare) is not None


def _unquoted(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines that begin with `>` are quoted, wherever they stand; so is what says who wrote them."""
    own: list[str] = []
    quoted: list[str] = []
    place = 0
    while place < len(lines):
        length = _attribution(lines, place)
        if length:
            quoted += lines[place : place + length]
            place += length
            if not _quotes_follow(lines, place):
                # markup lost the marks of what it quoted, so all that follows is the earlier mail
                return own, quoted + lines[place:]
            continue
        (quoted if lines[place].lstrip().startswith(">") else own).append(lines[place])
        place += 1
    return own, quoted


def _attribution(lines: list[str], place: int) -> int:
    """How many lines from here on say who wrote what follows; 0: none."""
    start = lines[place].strip()
    if not re.match(r"(on|am|le|el|il|op|em)\s", start, re.IGNORECASE):
        return 0
    for length in range(1, LONGEST_ATTRIBUTION + 1):
        joined = " ".join(each.strip() for each in lines[place : place + length])
        if len(joined) <= 500 and _ATTRIBUTION.fullmatch(joined):  # noqa: PLR2004 - the pattern's own bounds
            return length
    return 0


def _quotes_follow(lines: list[str], place: int) -> bool:
    following = next((line for line in lines[place:] if line.strip()), "")
    return following.lstrip().startswith(">")

"""Bytes that claim a charset, and markup, become plain text without control characters."""

import codecs
import html
import re
from typing import Final

# These are transformations of text, not charsets, and some of them take quadratic time.
NOT_CHARSETS: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7", "mbcs", "oem"}
)
# Controls but tab and line feed, what turns the direction of writing, lone surrogates: PostgreSQL takes no NUL, and no
# reader is to see another text than the one that is there.
_UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff\ufeff]"
)
_BREAKS: Final = frozenset(
    {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table", "hr"}
)
_SILENT: Final = frozenset({"script", "style", "head", "title", "template"})
_NAME: Final = re.compile(r"/?\s*([A-Za-z][A-Za-z0-9]*)")


def decoded(raw: bytes, charset: str | None) -> str:
    """The text in its declared charset or, where that is unknown or lies, as UTF-8, else byte by byte."""
    for name in (charset, "utf-8"):
        codec = _codec(name)
        if codec is None:
            continue
        try:
            return raw.decode(codec)
        except (UnicodeError, LookupError, ValueError):
            continue
    return raw.decode("cp1252", errors="replace")


def _codec(name: str | None) -> str | None:
    if not name:
        return None
    try:
        found = codecs.lookup(name.strip().strip("\"'")).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if found.replace("-", "_") in {each.replace("-", "_") for each in NOT_CHARSETS} else found


def clean(text: str) -> str:
    """Lines end in a line feed; nothing is left that is not seen as what it is."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, most: int) -> str:
    """One line of printable characters, at most so many: it can begin no other header and no other line."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 4 * most])
    return " ".join(shown.split())[:most]


def of_html(markup: str) -> str:
    """The words of markup. A scanner that never goes back, since markup may be made to keep a parser busy."""
    said: list[str] = []
    at = 0
    while (opens := markup.find("<", at)) >= 0:
        said.append(_words(markup[at:opens]))
        at = _after_tag(markup, opens, said)
    said.append(_words(markup[at:]))
    lines = (" ".join(line.split()) for line in "".join(said).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _words(source: str) -> str:
    return html.unescape(source.replace("\n", " ").replace("\r", " "))


def _after_tag(markup: str, opens: int, said: list[str]) -> int:
    """Where to go on after the tag or comment that opens here; what never closes hides the rest."""
    if markup.startswith("<!--", opens):
        return _past(markup, "-->", opens)
    found = _NAME.match(markup, opens + 1)
    if found is None and markup[opens + 1 : opens + 2] not in {"!", "?"}:
        said.append("<")
        return opens + 1
    name = "" if found is None else found.group(1).lower()
    if name in _BREAKS:
        said.append("\n")
    if name in _SILENT and markup[opens + 1] != "/":
        ending = re.compile(rf"</{name}[\s>]", re.IGNORECASE).search(markup, opens)
        return len(markup) if ending is None else _past(markup, ">", ending.start())
    return _past(markup, ">", opens)


def _past(markup: str, mark: str, start: int) -> int:
    found = markup.find(mark, start)
    return len(markup) if found < 0 else found + len(mark)

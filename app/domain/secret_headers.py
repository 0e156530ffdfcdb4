"""Headers that an endpoint's owner adds to its deliveries: which names are not the owner's to set, and how much.

Names are compared and kept in lower case (RFC 9110 5.1).
"""

from collections.abc import Iterator, Mapping
from typing import Final

from app.domain.errors import Flaw
from app.domain.merge import escape

MOST: Final = 10
MOST_CHARACTERS: Final = 4000  # names and values together: many receivers take 8 KiB of headers in all
MASK: Final = "********"
NAME_PATTERN: Final = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"
# printable ASCII, no blank at either end: what one line of HTTP/1.1 carries unchanged
VALUE_PATTERN: Final = r"^[!-~]([ -~]{0,1998}[!-~])?$"
# connection and framing (RFC 9110 7.6.1, 10.1.1; RFC 9112) belong to the connection, the rest to what is sent
RESERVED: Final = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "http2-settings", "expect", "host", "via",
    }
)  # fmt: skip
RESERVED_PREFIXES: Final = ("content-", "proxy-", "webhook-", ":")


def is_reserved(name: str) -> bool:
    """Whether a name (in lower case) is not the owner's to set."""
    return name in RESERVED or name.startswith(RESERVED_PREFIXES)


def flaws(headers: Mapping[str, str]) -> Iterator[Flaw]:
    """What is wrong with a whole set; names are in lower case. No flaw repeats a value."""
    for name, value in headers.items():
        if is_reserved(name):
            yield Flaw(f"/headers/{escape(name)}", "reserved-header", "This header is not yours to set.")
        if value == MASK:
            yield Flaw(
                f"/headers/{escape(name)}",
                "masked",
                "This is the mask; leave the header out to keep its value.",
            )
    if len(headers) > MOST:
        yield Flaw("/headers", "too-long", f"An endpoint has at most {MOST} headers.")
    if sum(len(name) + len(value) for name, value in headers.items()) > MOST_CHARACTERS:
        yield Flaw(
            "/headers", "too-long", f"Names and values have at most {MOST_CHARACTERS} characters together."
        )

"""One range of bytes of a representation (RFC 9110 14)."""

import re

from app.domain.errors import RangeNotSatisfiable

ONE_RANGE = re.compile(
    r"bytes=[ \t]*(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))[ \t]*", re.ASCII | re.IGNORECASE
)


def span_of(header: str | None, size: int) -> tuple[int, int] | None:
    """The bytes asked for, end excluded; None where the whole is to be sent. Raises RangeNotSatisfiable.

    A unit that is not bytes must be ignored (14.2); several ranges, or what is no range at all, may be.
    """
    asked = ONE_RANGE.fullmatch(header or "")
    if asked is None:
        return None
    first, last, suffix = asked.groups()
    if suffix is not None:
        start, end = max(0, size - int(suffix)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if last and int(last) < int(first):
        return None  # invalid, not unsatisfiable (14.1.1)
    if start >= min(end, size):
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    return start, end

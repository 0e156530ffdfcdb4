"""The tag of a thing whose version is what its audience sees of it."""

import hashlib
from typing import Any

from app.domain import exact_json


def tag_of(view: Any) -> str:
    """The inner text of an ETag, as it is for any answer to GET that has no tag of its own."""
    return hashlib.blake2b(exact_json.encode(view), digest_size=12).hexdigest()

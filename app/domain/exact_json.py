"""JSON whose figures keep the digits they were sent with: decimals in, decimals out, never floats.

`canonical` is RFC 8785, whose numbers are IEEE doubles; it is for digests that others recompute, not for storage.
"""

import hashlib
from decimal import Decimal
from typing import Any

import msgspec
import rfc8785

MAX_DEPTH = 32
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical")
_sorted = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical", order="sorted")


class NotJson(ValueError):
    """The bytes are not one well-formed JSON value of at most `MAX_DEPTH` levels."""


def decode(raw: bytes | str) -> Any:
    """The value, its decimals as Decimal. Raises NotJson."""
    try:
        tree = _decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise NotJson(str(fault)) from None
    if _deeper_than(tree, MAX_DEPTH):
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels")
    return tree


def encode(value: Any) -> bytes:
    """Compact JSON. An instant is written RFC 3339 with Z, a decimal with its digits."""
    return _encoder.encode(value)


def stored(tree: Any) -> str:
    """The one text a tree is stored and hashed as: members sorted, digits as sent."""
    return _sorted.encode(tree).decode()


def raw(text: str) -> msgspec.Raw:
    """JSON text to be placed in an answer as it is."""
    return msgspec.Raw(text.encode())


def canonical(tree: Any) -> bytes:
    """RFC 8785 form; decimals become the nearest double, as any JSON reader would make them."""
    return rfc8785.dumps(_with_floats(tree))


def sha256(payload: bytes | str) -> str:
    return hashlib.sha256(payload.encode() if isinstance(payload, str) else payload).hexdigest()


def _with_floats(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _with_floats(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_with_floats(member) for member in value]
    return value


def _deeper_than(tree: Any, limit: int) -> bool:
    level = [tree]
    for _ in range(limit):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += [member for member in value.values() if isinstance(member, dict | list)]
            elif isinstance(value, list):
                inner += [member for member in value if isinstance(member, dict | list)]
        if not inner:
            return False
        level = inner
    return True

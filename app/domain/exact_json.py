"""JSON whose figures keep the digits they were sent with: decimals in, decimals out, never floats.

`canonical` is RFC 8785, whose numbers are IEEE doubles; it is for digests that others recompute, not for storage.
"""

import hashlib
import re
from decimal import Decimal
from typing import Any

import msgspec
import rfc8785

MAX_DEPTH = 32
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
SAFE_INTEGER = 2**53 - 1  # beyond it a double may stand for several integers
SMALLEST_PLAIN = 1e-4  # below it the fast writer has an exponent where RFC 8785 has none
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical")
_sorted = msgspec.json.Encoder(decimal_format="number", uuid_format="canonical", order="sorted")


class NotJson(ValueError):
    """The bytes are not one well-formed JSON value of at most `MAX_DEPTH` levels."""


def decode(raw: bytes | str) -> Any:
    """The value, its decimals as Decimal. Raises NotJson."""
    try:
        tree = _decoder.decode(raw)
    except msgspec.DecodeError as fault:
        raise NotJson(str(fault)) from None
    except UnicodeDecodeError:
        raise NotJson("not in UTF-8") from None  # its own words repeat a byte of what was sent
    except RecursionError:
        raise NotJson(TOO_DEEP) from None
    if _deeper_than(tree, MAX_DEPTH):
        raise NotJson(TOO_DEEP)
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
    """RFC 8785 form; decimals become the nearest double, as any JSON reader would make them.

    The fast writer gives the same bytes wherever names are ASCII and numbers need no exponent; anything else is left
    to the library. Raises rfc8785.CanonicalizationError for what has no such form.
    """
    try:
        return _sorted.encode(_doubles(tree))
    except (_Unusual, UnicodeEncodeError):
        return rfc8785.dumps(_with_floats(tree))


def canonical_text(text: str) -> bytes:
    """The RFC 8785 form of JSON text as `stored` writes it, read once, its numbers as doubles. Raises NotJson."""
    if _is_unusual(text):
        return canonical(decode(text))
    try:
        return _sorted.encode(_as_doubles.decode(text))
    except _Unusual:
        return canonical(decode(text))
    except (msgspec.DecodeError, RecursionError) as fault:
        raise NotJson(str(fault)) from None


def sha256(payload: bytes | str) -> str:
    return hashlib.sha256(payload.encode() if isinstance(payload, str) else payload).hexdigest()


class _Unusual(Exception):
    """Something that the fast writer and RFC 8785 may write in two ways."""


def _doubles(value: Any) -> Any:
    """The tree with numbers as both writers have them. Raises _Unusual."""
    # exact types first: most of a tree are these, and asking for them is quickest
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is dict:
        return {_ascii(name): _doubles(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_doubles(member) for member in value]
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float, Decimal)):
        return _double(value)
    raise _Unusual


def _double(number: float | Decimal) -> float:
    if not -SAFE_INTEGER <= number <= SAFE_INTEGER:
        raise _Unusual
    double = float(number)
    if double.is_integer():
        return int(double)
    if abs(double) < SMALLEST_PLAIN:
        raise _Unusual
    return double


def _is_unusual(text: str) -> bool:
    """Whether it may hold an integer past the doubles', or names that two writers may sort in two ways."""
    if "\\u" in text:  # an escape may stand for any character
        return True
    # all digits made one: a pattern of sixteen in a row takes ten times as long
    if _LONG in text.encode(errors="surrogatepass").translate(_ALL_NOUGHTS):
        return True
    return not (text.isascii() or _EVEN.fullmatch(text))


def _read_double(figure: str) -> float:
    double = float(figure)
    # what most figures are, at once
    if SMALLEST_PLAIN <= double <= SAFE_INTEGER and not double.is_integer():
        return double
    return _double(double)


_as_doubles = msgspec.json.Decoder(float_hook=_read_double)
_LONG = b"0" * 16
_ALL_NOUGHTS = bytes.maketrans(b"123456789", b"000000000")
_EVEN = re.compile("[\0-\ud7ff]*")  # up to here UTF-16 and code points sort alike


def _ascii(name: Any) -> str:
    if not (isinstance(name, str) and name.isascii()):
        raise _Unusual
    return name


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

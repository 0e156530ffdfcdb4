"""What our own server found out about who sent a mail: the fields it wrote, and no others (RFC 8601)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from app.domain.mails.fields import Fields

METHODS: Final = ("dmarc", "spf", "dkim")
# From bad to good: where two fields of ours disagree, the worse one is believed.
WORST_FIRST: Final = ("fail", "permerror", "temperror", "policy", "softfail", "neutral", "none", "pass")
_RESULT: Final = re.compile(r"\s*([a-z0-9-]+)(?:/[0-9]+)?\s*=\s*([a-z]+)")
_PROPERTY: Final = re.compile(r"([a-z]+)\.([a-z0-9_-]+)\s*=\s*([^\s;]+)")


@dataclass(frozen=True, slots=True)
class Result:
    """One method's verdict and the domain it is about (empty: not said)."""

    method: str
    verdict: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Authentication:
    """The verdicts as recorded by our server; none where it recorded none."""

    results: tuple[Result, ...] = field(default=())

    def verdict(self, method: str) -> str:
        """Of several verdicts the worst; DKIM is the exception, since one good signature of many is enough."""
        said = [each.verdict for each in self.results if each.method == method]
        if not said:
            return "none"
        if method == "dkim" and "pass" in said:
            return "pass"
        return min(said, key=_badness)

    def proves(self, domain: str) -> bool:
        """Whether the mail is shown to come from this domain, that of its `From`.

        By DMARC, or where no DMARC verdict is recorded by an SPF or DKIM verdict about exactly this domain.
        """
        dmarc = self.verdict("dmarc")
        if dmarc not in {"pass", "none"}:
            return False
        if dmarc == "pass" and all(
            each.domain in {"", domain} for each in self.results if each.method == "dmarc"
        ):
            return True
        aligned = [each for each in self.results if each.domain == domain and each.verdict == "pass"]
        by_dkim = any(each.method == "dkim" for each in aligned)
        by_spf = self.verdict("spf") == "pass" and any(each.method == "spf" for each in aligned)
        return dmarc == "none" and (by_dkim or by_spf)

    def summary(self) -> dict[str, str]:
        """As it is kept and shown: a verdict a method."""
        return {method: self.verdict(method) for method in METHODS}


def _badness(verdict: str) -> int:
    return WORST_FIRST.index(verdict) if verdict in WORST_FIRST else 0


def of(fields: Fields, authserv_id: str) -> Authentication:
    """The verdicts under our server's name. Where lines were smuggled, none: any field may be the sender's own."""
    if not authserv_id or fields.mixed:
        return Authentication()
    own = [
        rest
        for value in fields.every("authentication-results")
        for name, _, rest in [_bare(value).lower().partition(";")]
        if name.split()[:1] == [authserv_id.lower()]
    ]
    return Authentication(tuple(_results(own)))


def _bare(value: str) -> str:
    """Without comments, and with quoted strings as bare words: both may hold what looks like a result."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in value:
        if escaped or char == "\\":
            escaped = not escaped
        elif char == '"' and not depth:
            quoted = not quoted
        elif quoted:
            kept += [char] if char.isalnum() or char in ".@-_" else []
        elif char in "()":
            depth = depth + 1 if char == "(" else max(0, depth - 1)
        elif not depth:
            kept.append(char)
    return "".join(kept)


def _results(values: Iterable[str]) -> Iterable[Result]:
    for value in values:
        for piece in value.split(";"):
            found = _RESULT.match(piece)
            if found is None or found.group(1) not in METHODS:
                continue
            method = found.group(1)
            yield Result(method, found.group(2), _domain(method, piece[found.end() :]))


def _domain(method: str, rest: str) -> str:
    said = {f"{kind}.{name}": value for kind, name, value in _PROPERTY.findall(rest)}
    named = {
        "dmarc": said.get("header.from"),
        "spf": said.get("smtp.mailfrom"),
        "dkim": said.get("header.d") or said.get("header.i"),
    }[method]
    return (named or "").rpartition("@")[2].rstrip(".")

"""The address guard: which URLs may be called and which resolved addresses connected to. Pure; nothing is looked up.

A URL is taken only in its plainest form: what two parsers could read in two ways is refused, not interpreted. Names are
checked here, and what they resolve to is checked by `vetted` at every attempt; the caller connects to what it returned.
Refusals name the rule and never the address, so that nobody can learn from them what a name means inside.
Networks: IANA's special-purpose address registries (RFC 6890 and its updates), read November 2026.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NamedTuple

RULES = {
    "length": "A URL has at most 2048 characters.",
    "characters": "A URL is printable ASCII without spaces and backslashes; write other names in their xn-- form.",
    "scheme": "Only https:// URLs are called.",
    "user-info": "A URL carries no user name or password; use a secret header.",
    "fragment": "A URL to be called has no fragment.",
    "host": "The host is a name with at least two labels, or a public address.",
    "trailing-dot": "The host does not end in a dot.",
    "port": "Only the published ports are called.",
    "zone": "An address has no zone.",
    "address-form": "An IPv4 address is four plain decimal numbers; no hex, octal, short or single-number form.",
    "local-name": "The name is reserved for local or special use.",
    "not-public": "The target is not a public address.",
    "embedded-ipv4": "The target is an IPv6 address that stands for an IPv4 address.",
    "unresolved": "The name resolves to nothing.",
}
LONGEST_URL = 2048
LONGEST_NAME = 253
HIGHEST_PORT = 65535
PORTS = frozenset({443, 8443})
URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([/?][^#]*)?(#.*)?", re.DOTALL)
AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{1,5}))?")
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# RFC 6761, 6762, 7686, 8375, 9476 and ICANN's .internal
LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa", "test", "invalid", "onion", "alt", "arpa")

Address = IPv4Address | IPv6Address
NOT_PUBLIC_4 = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
EMBEDS_4 = tuple(
    IPv6Network(each)
    # IPv4-compatible, mapped, translated (RFC 2765), NAT64 (RFC 6052, 8215), Teredo, 6to4
    for each in (
        "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16",
    )
)  # fmt: skip
# of IPv6 only the global unicast block is public, and not all of it
GLOBAL_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = tuple(IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "3fff::/20"))
LOOPBACK = IPv4Network("127.0.0.0/8")
NONE_6 = frozenset({IPv6Address("::"), IPv6Address("::1")})


class NotAllowed(ValueError):
    """The target may not be called; `rule` is a key of RULES, the text its sentence."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(RULES[rule])


@dataclass(frozen=True, slots=True)
class Guard:
    """What is allowed. `loopback`: http and any port to this machine, for development on loopback alone."""

    ports: frozenset[int] = PORTS
    loopback: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that may be called as far as its text goes. `address` is set where the host is one."""

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def authority(self) -> str:
        """For the Host header and TLS: the name stays the one that was given, whatever address is connected to."""
        name = f"[{self.host}]" if isinstance(self.address, IPv6Address) else self.host
        return name if self.port == {"https": 443, "http": 80}[self.scheme] else f"{name}:{self.port}"


@lru_cache(1000)
def target(url: str, guard: Guard = Guard()) -> Target:
    """The URL in parts. Raises NotAllowed."""
    if len(url) > LONGEST_URL:
        raise NotAllowed("length")
    if not url.isascii() or not url.isprintable() or any(each in url for each in ' \\"<>^`{|}'):
        raise NotAllowed("characters")
    parts = URL.fullmatch(url)
    if parts is None:
        raise NotAllowed("scheme")
    scheme, authority, path, fragment = parts.groups()
    scheme = scheme.lower()
    if scheme != "https" and not (scheme == "http" and guard.loopback):
        raise NotAllowed("scheme")
    if "@" in authority:
        raise NotAllowed("user-info")
    if fragment is not None:
        raise NotAllowed("fragment")
    host, port, address = _authority(authority, {"https": 443, "http": 80}[scheme])
    if guard.loopback and _is_this_machine(host, address):
        return Target(scheme, host, port, path or "/", address)
    if scheme != "https":
        raise NotAllowed("scheme")
    _check_place(host, port, address, guard)
    return Target(scheme, host, port, path or "/", address)


def refusal(address: Address) -> str | None:
    """The rule by which an address may not be connected to, or None."""
    if isinstance(address, IPv4Address):
        return "not-public" if any(address in each for each in NOT_PUBLIC_4) else None
    if address.scope_id is not None:
        return "zone"
    if address in NONE_6:
        return "not-public"
    if any(address in each for each in EMBEDS_4):
        return "embedded-ipv4"
    if address not in GLOBAL_6 or any(address in each for each in NOT_PUBLIC_6):
        return "not-public"
    return None


def vetted(resolved: Iterable[str], the: Target, guard: Guard = Guard()) -> list[Address]:
    """The addresses to connect to, in the order given. One that is not public spoils all. Raises NotAllowed."""
    found = [judged(each) for each in resolved]
    if not found:
        raise NotAllowed("unresolved")
    addresses = [each.address for each in found]
    if guard.loopback and all(each.is_loopback for each in found) and _is_this_machine(the.host, the.address):
        return addresses
    for each in found:
        if each.rule is not None:
            raise NotAllowed(each.rule)
    if the.scheme != "https":
        raise NotAllowed("scheme")
    return addresses


class _Judged(NamedTuple):
    """What follows from the text of an address alone."""

    address: Address
    rule: str | None  # by which it may not be connected to
    is_loopback: bool


@lru_cache(1000)
def judged(text: str) -> _Judged:
    address = _address(text)
    return _Judged(address, refusal(address), _is_loopback(address))


def _authority(authority: str, usual_port: int) -> tuple[str, int, Address | None]:
    parts = AUTHORITY.fullmatch(authority)
    if parts is None:
        raise NotAllowed("host")
    host, port = parts[1].lower(), int(parts[2] or usual_port)
    if not 0 < port <= HIGHEST_PORT:
        raise NotAllowed("port")
    if host.startswith("["):
        if ":" not in host:
            raise NotAllowed("host")  # brackets are for IPv6 alone
        address = _address(host[1:-1])
        return str(address), port, address
    if host.endswith("."):
        raise NotAllowed("trailing-dot")
    if NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return host, port, IPv4Address(host)
        except AddressValueError:
            raise NotAllowed("address-form") from None
    return host, port, None


def _address(text: str) -> Address:
    if "%" in text:
        raise NotAllowed("zone")
    try:
        return IPv6Address(text) if ":" in text else IPv4Address(text)
    except AddressValueError:
        raise NotAllowed("host") from None


def _check_place(host: str, port: int, address: Address | None, guard: Guard) -> None:
    if address is None:
        _check_name(host)
    elif (rule := refusal(address)) is not None:
        raise NotAllowed(rule)
    if port not in guard.ports:
        raise NotAllowed("port")


def _check_name(host: str) -> None:
    if any(host == each or host.endswith(f".{each}") for each in LOCAL_NAMES):
        raise NotAllowed("local-name")
    labels = host.split(".")
    is_name = len(labels) > 1 and len(host) <= LONGEST_NAME and all(map(LABEL.fullmatch, labels))
    if not is_name:
        raise NotAllowed("host")


def _is_this_machine(host: str, address: Address | None) -> bool:
    return host == "localhost" or (address is not None and _is_loopback(address))


def _is_loopback(address: Address) -> bool:
    # not the library's word: its versions differ on addresses that stand for others
    return address in LOOPBACK if isinstance(address, IPv4Address) else address == IPv6Address("::1")

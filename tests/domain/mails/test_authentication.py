"""Who vouches for a sender: our own server alone, and for the domain in `From` alone."""

import pytest

from app.domain.mails import authentication, fields

OURS = "mx.amtdp.example"


def proves(*values: str, domain: str = "a.example", ends: str = "\r\n") -> bool:
    block = "".join(f"Authentication-Results: {value}{ends}" for value in values)
    return authentication.of(fields.read(block.encode()), OURS).proves(domain)


@pytest.mark.parametrize(
    "value",
    [
        f"{OURS}; dmarc=pass header.from=a.example",
        f"{OURS} 1; dmarc=pass (p=reject dis=none) header.from=A.Example",
        f"{OURS.upper()}; DMARC=Pass",
        f"{OURS}; spf=fail smtp.mailfrom=x.example; dkim=fail; dmarc=pass header.from=a.example",
        f"{OURS}; dkim=pass header.d=a.example header.s=k1",
        f"{OURS}; dkim=pass header.i=@a.example",
        f"{OURS}; dkim=fail header.d=a.example; dkim=pass header.d=a.example",
        f"{OURS}; spf=pass smtp.mailfrom=ana@a.example",
        f'{OURS}; spf=pass smtp.mailfrom="ana@a.example"',
    ],
)
def test_a_verdict_of_our_server_about_this_domain_is_proof(value: str):
    assert proves(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        OURS,
        f"{OURS}; none",
        "mx.evil.example; dmarc=pass header.from=a.example",
        f"{OURS}.evil.example; dmarc=pass header.from=a.example",
        f"evil.example ({OURS}); dmarc=pass header.from=a.example",
        f"{OURS}; dmarc=fail header.from=a.example",
        f"{OURS}; dmarc=pass header.from=b.example",
        f"{OURS}; dmarc=fail header.from=a.example; dkim=pass header.d=a.example",
        f"{OURS}; dmarc=temperror; spf=pass smtp.mailfrom=a.example",
        f"{OURS}; dkim=pass header.d=example",
        f"{OURS}; dkim=pass header.d=evil-a.example",
        f"{OURS}; spf=pass smtp.mailfrom=ana@b.example",
        f"{OURS}; spf=softfail smtp.mailfrom=a.example",
        f"{OURS}; spf=none (dmarc=pass header.from=a.example)",
        f"{OURS}; spf=none ((;dmarc=pass header.from=a.example;))",
        f'{OURS}; spf=pass smtp.mailfrom="x; dmarc=pass header.from=a.example; y"@evil.example',
        f'{OURS}; spf=pass smtp.mailfrom="x\\"; dmarc=pass header.from=a.example; y"@evil.example',
        f'{OURS}; spf=fail reason="; dkim=pass header.d=a.example"',
        f"{OURS}; xdmarc=pass header.from=a.example",
        f"{OURS}; dmarc=passing header.from=a.example",
    ],
)
def test_anything_else_is_none(value: str):
    assert not proves(value)


def test_a_good_verdict_does_not_outweigh_a_bad_one():
    good, bad = f"{OURS}; dmarc=pass header.from=a.example", f"{OURS}; dmarc=fail header.from=a.example"
    assert proves(good)
    assert not proves(good, bad)
    assert not proves(bad, good)


def test_lines_that_end_in_two_ways_make_every_verdict_worthless():
    good = f"Authentication-Results: {OURS}; dmarc=pass header.from=a.example"
    for block in (f"A: b\r\n{good}\nC: d\r\n", f"A: b\rX: y\r\n{good}\r\n"):
        assert not authentication.of(fields.read(block.encode()), OURS).proves("a.example")
    assert proves(f"{OURS}; dmarc=pass header.from=a.example", ends="\n")


def test_without_a_name_of_our_server_nothing_is_believed():
    head = fields.read(b"Authentication-Results: ; dmarc=pass\r\n")
    assert not authentication.of(head, "").proves("a.example")


def test_the_verdicts_are_kept_as_recorded():
    head = fields.read(f"Authentication-Results: {OURS}; dmarc=fail; spf=softfail".encode())
    assert authentication.of(head, OURS).summary() == {"dmarc": "fail", "spf": "softfail", "dkim": "none"}

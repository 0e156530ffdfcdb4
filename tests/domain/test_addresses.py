"""The address guard, as tables: what may be called, what may not, and by which rule."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.addresses import (
    EMBEDS_4,
    NOT_PUBLIC_4,
    NOT_PUBLIC_6,
    RULES,
    Guard,
    NotAllowed,
    refusal,
    target,
    vetted,
)

LOOPBACK = Guard(loopback=True)

ALLOWED = [
    ("https://hooks.example.com/in", "hooks.example.com", 443, "/in"),
    ("https://hooks.example.com", "hooks.example.com", 443, "/"),
    ("HTTPS://Hooks.Example.COM:8443/a?b=c", "hooks.example.com", 8443, "/a?b=c"),
    ("https://hooks.example.com?x=1", "hooks.example.com", 443, "?x=1"),
    ("https://xn--bcher-kva.example.com/", "xn--bcher-kva.example.com", 443, "/"),
    ("https://a_b.example.com/%20", "a_b.example.com", 443, "/%20"),
    ("https://8.8.8.8/", "8.8.8.8", 443, "/"),
    ("https://[2606:4700:4700::1111]:8443/", "2606:4700:4700::1111", 8443, "/"),
    ("https://[2606:4700:4700:0:0:0:0:1111]/", "2606:4700:4700::1111", 443, "/"),
    ("https://1.example.com/", "1.example.com", 443, "/"),
    ("https://localhost.example.com/", "localhost.example.com", 443, "/"),
]

REFUSED = {
    "length": ["https://h.example.com/" + "a" * 2048],
    "characters": [
        "https://h.example.com/ ", "https://h.example.com/\t", "https://h.exa\nmple.com/", "https://h.example.com\\@in",
        "https://bücher.example/", "https://\uff11\uff12\uff17.0.0.1/", "https://127\u30020\u30020\u30021/", "https://\u24dbocalhost/",
        "https://h.example.com/\x00", "https://h.example.com/\x7f", "https://h.example.com/{x}", " https://h.example.com",
    ],
    "scheme": [
        "http://h.example.com/", "ftp://h.example.com/", "file:///etc/passwd", "gopher://h.example.com/",
        "h.example.com",
        "//h.example.com/", "https:/h.example.com", "https:h.example.com", "", "javascript:alert(1)", "http://127.0.0.1/",
    ],
    "user-info": [
        "https://u@h.example.com/", "https://u:p@h.example.com/", "https://@h.example.com/",
        "https://h.example.com@127.0.0.1/", "https://h.example.com:443@127.0.0.1/",
    ],
    "fragment": ["https://h.example.com/#", "https://h.example.com/#x", "https://h.example.com#@127.0.0.1/"],
    "trailing-dot": ["https://h.example.com./", "https://localhost./", "https://127.0.0.1./", "https://127.1.:443/"],
    "port": [
        "https://h.example.com:22/", "https://h.example.com:80/", "https://h.example.com:0/",
        "https://h.example.com:65536/", "https://h.example.com:99999/", "https://8.8.8.8:25/",
        "https://[2606:4700:4700::1111]:6379/",
    ],
    "host": [
        "https:///", "https://", "https://:443/", "https://intranet/", "https://h..example.com/", "https://.example.com/",
        "https://-h.example.com/", "https://h-.example.com/", "https://%31%32%37.0.0.x/", "https://h.example.com:/",
        "https://h.example.com:4_43/", "https://h.example.com:+443/", "https://h.example.com:443:443/",
        "https://[::1/", "https://::1/", "https://[]/", "https://[v1.x]/", "https://[8.8.8.8]/", "https://h,i.example.com/",
        "https://" + "a" * 64 + ".example.com/", "https://" + "a." * 130 + "com/", "https://[:::]/", "https://h!.example.com/",
    ],
    "zone": ["https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[2606:4700:4700::1111%251]/"],
    "address-form": [
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://127.1/",
        "https://127.0.1/", "https://017700000001/", "https://127.0.0.01/", "https://0/", "https://0x/",
        "https://4294967296/", "https://256.1.1.1/", "https://1.2.3.4.5/", "https://0x7F.1/", "https://8.8.2056/",
        "https://a.1/", "https://example.0x1/",
    ],
    "local-name": [
        "https://localhost/", "https://a.localhost/", "https://LOCALHOST/", "https://printer.local/",
        "https://metadata.google.internal/", "https://x.home.arpa/", "https://x.test/", "https://x.invalid/",
        "https://x.onion/", "https://1.0.0.127.in-addr.arpa/",
    ],
    "not-public": [
        "https://127.0.0.1/", "https://127.255.255.254/", "https://10.0.0.1/", "https://172.16.0.1/",
        "https://172.31.255.255/", "https://192.168.1.1/", "https://169.254.169.254/", "https://100.64.0.1/",
        "https://100.127.255.255/", "https://0.0.0.0/", "https://255.255.255.255/", "https://224.0.0.1/",
        "https://198.18.0.1/", "https://192.0.2.1/", "https://198.51.100.1/", "https://203.0.113.1/",
        "https://192.0.0.170/", "https://240.0.0.1/", "https://192.88.99.1/", "https://[::]/", "https://[::1]/",
        "https://[0:0:0:0:0:0:0:1]/", "https://[fe80::1]/", "https://[fc00::1]/", "https://[fd12:3456::1]/",
        "https://[fec0::1]/", "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[2001:10::1]/",
        "https://[2001:2::1]/", "https://[3fff::1]/", "https://[100::1]/", "https://[5f00::1]/", "https://[4000::1]/",
    ],
    "embedded-ipv4": [
        "https://[::ffff:127.0.0.1]/", "https://[::ffff:8.8.8.8]/", "https://[::ffff:7f00:1]/", "https://[::127.0.0.1]/",
        "https://[::ffff:0:127.0.0.1]/", "https://[64:ff9b::127.0.0.1]/", "https://[64:ff9b::8.8.8.8]/",
        "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/", "https://[2002:808:808::1]/", "https://[2001:0:1::1]/",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("url", "host", "port", "path"), ALLOWED)
def test_a_plain_public_url_may_be_called(url, host, port, path):
    found = target(url)
    assert (found.scheme, found.host, found.port, found.path) == ("https", host, port, path)


@pytest.mark.parametrize(("rule", "url"), [(rule, url) for rule, urls in REFUSED.items() for url in urls])
def test_any_other_url_is_refused_by_its_rule_and_the_refusal_does_not_repeat_it(rule, url):
    with pytest.raises(NotAllowed) as refused:
        target(url)
    assert refused.value.rule == rule
    assert str(refused.value) == RULES[rule]


def test_every_rule_about_urls_is_tried():
    assert {*REFUSED, "unresolved"} == set(RULES)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://h.example.com/", "h.example.com"),
        ("https://h.example.com:443/", "h.example.com"),
        ("https://h.example.com:8443/", "h.example.com:8443"),
        ("https://[2606:4700:4700::1111]/", "[2606:4700:4700::1111]"),
    ],
)
def test_the_name_that_was_given_is_the_name_that_is_asked_for(url, authority):
    assert target(url).authority == authority


@pytest.mark.parametrize(
    ("resolved", "rule"),
    [
        ([], "unresolved"),
        (["8.8.8.8", "10.0.0.1"], "not-public"),
        (["10.0.0.1", "8.8.8.8"], "not-public"),
        (["8.8.8.8", "::1"], "not-public"),
        (["2606:4700:4700::1111", "::ffff:10.0.0.1"], "embedded-ipv4"),
        (["64:ff9b::808:808"], "embedded-ipv4"),
        (["fe80::1%eth0"], "zone"),
        (["127.0.0.1"], "not-public"),
        (["nonsense"], "host"),
        (["127.1"], "host"),
    ],
)
def test_one_answer_that_is_not_public_spoils_all(resolved, rule):
    with pytest.raises(NotAllowed) as refused:
        vetted(resolved, target("https://h.example.com/"))
    assert refused.value.rule == rule


def test_public_answers_are_what_is_connected_to_in_their_order():
    found = vetted(["8.8.4.4", "2606:4700:4700::1111", "8.8.8.8"], target("https://h.example.com/"))
    assert [str(each) for each in found] == ["8.8.4.4", "2606:4700:4700::1111", "8.8.8.8"]


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        ("http://localhost:9/x", ["127.0.0.1", "::1"]),
        ("http://127.0.0.1:8000/", ["127.0.0.1"]),
        ("http://[::1]:8000/", ["::1"]),
        ("https://localhost/", ["127.0.0.1"]),
        ("https://h.example.com/", ["8.8.8.8"]),
    ],
)
def test_development_on_loopback_may_call_this_machine(url, resolved):
    assert vetted(resolved, target(url, LOOPBACK), LOOPBACK)


@pytest.mark.parametrize(
    ("url", "resolved", "rule"),
    [
        ("http://h.example.com/", [], "scheme"),
        ("http://10.0.0.1/", [], "scheme"),
        ("https://10.0.0.1/", [], "not-public"),
        ("https://a.localhost/", [], "local-name"),
        ("http://[::ffff:127.0.0.1]/", [], "scheme"),
        ("https://[::ffff:127.0.0.1]/", [], "embedded-ipv4"),
        ("http://localhost:70000/", [], "port"),
        ("http://u@localhost/", [], "user-info"),
        ("http://localhost/", ["8.8.8.8"], "scheme"),
        ("http://localhost/", ["127.0.0.1", "10.0.0.1"], "not-public"),
        ("https://h.example.com/", ["127.0.0.1"], "not-public"),
    ],
)
def test_development_on_loopback_may_call_nothing_else_that_is_not_public(url, resolved, rule):
    with pytest.raises(NotAllowed) as refused:
        vetted(resolved, target(url, LOOPBACK), LOOPBACK)
    assert refused.value.rule == rule


@given(st.sampled_from([*NOT_PUBLIC_4, *EMBEDS_4, *NOT_PUBLIC_6]), st.data())
def test_every_address_of_a_special_network_is_refused(network, data):
    first, last = int(network.network_address), int(network.broadcast_address)
    number = data.draw(st.one_of(st.just(first), st.just(last), st.integers(first, last)))
    kind = IPv4Address if network.version == 4 else IPv6Address
    assert refusal(kind(number)) is not None


@given(
    st.one_of(
        st.ip_addresses(v=4),
        st.ip_addresses(v=6),
        st.integers(0x2000 << 112, (0x4000 << 112) - 1).map(IPv6Address),
    )
)
def test_what_we_call_public_the_standard_library_calls_global(address):
    if refusal(address) is None:
        assert address.is_global
        assert not address.is_multicast


@given(st.text())
def test_no_text_does_anything_but_pass_or_be_refused_by_a_rule(text):
    for url in (text, f"https://{text}", f"https://h.example.com/{text}", f"https://[{text}]/"):
        try:
            found = target(url)
        except NotAllowed:
            continue
        assert found.address is None or refusal(found.address) is None
        assert found.port in Guard().ports


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_read_in_one_way_only(number):
    address = IPv4Address(number)
    plain, others = (
        f"https://{address}/",
        [f"https://{number}/", f"https://{number:#x}/", f"https://0{number:o}/"],
    )
    for url in others:
        with pytest.raises(NotAllowed) as refused:
            target(url)
        assert refused.value.rule == "address-form"
    if refusal(address) is None:
        assert target(plain).address == ip_address(str(address))

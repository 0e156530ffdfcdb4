"""Verify and parse, gaps and duplicates: over what the service's own signing sends, and over what it never would."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.client.webhooks import Delivery, Gap, Ledger, NotADelivery, received
from app.domain import exact_json
from app.domain.event_types import EVENT_TYPES
from app.domain.event_types.bodies import Submission, Unknown
from app.domain.keyring import jwk
from app.domain.webhooks import Message, headers, secret_of
from tests.clock import START

SECRET, OTHER = secret_of(bytes(range(32))), secret_of(bytes(range(1, 33)))
SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = [jwk(SIGNING.public_key())]
STRANGE = [jwk(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key())]
EXAMPLE = EVENT_TYPES["designation_request.submitted"].example


def signed(tree, *, sequence=3, previous=2, id=None):
    body = tree if isinstance(tree, bytes) else exact_json.encode(tree)
    message = Message(id or EXAMPLE["id"], START, body)
    return headers(message, [SECRET], SIGNING, sequence=sequence, previous=previous), body


@pytest.mark.parametrize(
    "known",
    [{"secrets": [SECRET]}, {"secrets": [OTHER, SECRET]}, {"keys": KEYS}, {"keys": [*STRANGE, *KEYS]}],
)
def test_a_delivery_of_the_service_is_read_with_its_type(known):
    sent, body = signed(EXAMPLE)
    delivery = received({name.title(): value for name, value in sent.items()}, body, now=START, **known)
    assert isinstance(delivery.event.data, Submission)
    assert (delivery.event.data.number, delivery.event.data.status) == ("AMT-2026-00017", "received")
    assert (delivery.sequence, delivery.previous, delivery.at) == (3, 2, START)


@pytest.mark.parametrize("type", EVENT_TYPES)
def test_every_type_of_the_catalogue_is_read(type):
    example = EVENT_TYPES[type].example
    sent, body = signed(example, sequence=example["data"]["sequence"], previous=None)
    event = received(sent, body, secrets=[SECRET], now=START).event
    assert type == event.type
    assert isinstance(event, EVENT_TYPES[type].shape)


def test_a_type_that_came_later_is_read_with_its_data_as_sent():
    later = {**EXAMPLE, "type": "designation.granted", "data": {"designation": 7}}
    delivery = received(*signed(later), secrets=[SECRET], now=START)
    assert isinstance(delivery.event, Unknown)
    assert (delivery.event.data, delivery.sequence) == ({"designation": 7}, 3)


def _without(name):
    return lambda sent, body: ({k: v for k, v in sent.items() if k != name}, body)


def _with(**changed):
    return lambda sent, body: ({**sent, **{k.replace("_", "-"): v for k, v in changed.items()}}, body)


TAMPERED = {
    "no id": (_without("webhook-id"), "id"),
    "another id": (_with(webhook_id="evt"), "signature"),
    "no timestamp": (_without("webhook-timestamp"), "timestamp"),
    "a timestamp of another day": (_with(webhook_timestamp="1"), "timestamp"),
    "no signature": (_without("webhook-signature"), "signature"),
    "a signature of another": (_with(webhook_signature="v1,AAAA"), "signature"),
    "a body changed by a byte": (lambda sent, body: (sent, body.replace(b"2027", b"2028")), "signature"),
    "a body encoded anew": (lambda sent, body: (sent, json.dumps(json.loads(body)).encode()), "signature"),
    "another sequence": (_with(webhook_sequence="9"), "sequence"),
    "a sequence that is no number": (_with(webhook_sequence="three"), "sequence"),
    "a previous one that is no number": (_with(webhook_previous_sequence="-1"), "sequence"),
    "a previous one without end": (_with(webhook_previous_sequence="9" * 400), "sequence"),
}


@pytest.mark.parametrize(("change", "part"), TAMPERED.values(), ids=TAMPERED)
def test_a_delivery_that_does_not_hold_is_refused_by_the_part_that_is_wrong(change, part):
    with pytest.raises(NotADelivery, match=rf"^{part}: ") as refused:
        received(*change(*signed(EXAMPLE)), secrets=[SECRET], keys=KEYS, now=START)
    assert refused.value.part == part


@pytest.mark.parametrize(
    ("known", "part"),
    [
        ({}, "secret"),
        ({"secrets": ["whsec_short"]}, "secret"),
        ({"secrets": [SECRET.removeprefix("whsec_")]}, "secret"),
        ({"secrets": [OTHER]}, "signature"),
        ({"keys": STRANGE}, "signature"),
        ({"keys": [{"kty": "OKP"}]}, "key"),
        ({"keys": [{"kty": "OKP", "x": "AAAA"}]}, "key"),
        ({"keys": [None]}, "key"),
    ],
)
def test_a_wrong_secret_or_key_is_told_apart_from_a_wrong_delivery(known, part):
    with pytest.raises(NotADelivery) as refused:
        received(*signed(EXAMPLE), now=START, **known)
    assert refused.value.part == part


@pytest.mark.parametrize(
    ("tree", "part"),
    [
        (b"{", "body"), (b"[]", "body"), ({**EXAMPLE, "specversion": "0.3"}, "body"),
        ({**EXAMPLE, "id": "another"}, "id"),
    ],
)  # fmt: skip
def test_what_is_signed_but_is_no_event_is_refused_too(tree, part):
    with pytest.raises(NotADelivery) as refused:
        received(*signed(tree), secrets=[SECRET], now=START)
    assert refused.value.part == part


def test_a_delivery_without_any_sequence_is_refused():
    sent, body = signed({**EXAMPLE, "data": {"sequence": "x"}})
    assert received(sent, body, secrets=[SECRET], now=START).sequence == 3  # as the header has it
    with pytest.raises(NotADelivery, match=r"^sequence"):
        received(*_without("webhook-sequence")(sent, body), secrets=[SECRET], now=START)


def test_every_part_is_shown_to_be_found():
    shown = {part for _, part in TAMPERED.values()} | {"secret", "key", "body"}
    assert shown == set(NotADelivery.PARTS)


def test_the_tolerance_is_five_minutes_both_ways():
    for minutes in (-5, 5):
        assert received(*signed(EXAMPLE), secrets=[SECRET], now=START + timedelta(minutes=minutes))
    with pytest.raises(NotADelivery, match=r"^timestamp"):
        received(*signed(EXAMPLE), secrets=[SECRET], now=START + timedelta(minutes=5, seconds=1))


def delivery(sequence, previous, subject="AMT-2026-00001"):
    event = Unknown(
        specversion="1.0", id=f"{subject}/{sequence}", source="/v1", type="a.b", subject=subject, time=START,
        datacontenttype="application/json", data={"sequence": sequence},
    )  # fmt: skip
    return Delivery(event, sequence, previous, START)


def test_a_gap_names_its_subject_what_was_sent_before_and_what_was_seen():
    ledger = Ledger()
    assert ledger.take(delivery(2, None))
    assert ledger.gaps == []
    assert ledger.take(delivery(7, 5))
    assert ledger.gaps == [Gap("AMT-2026-00001", 5, 2)]
    assert ledger.take(delivery(1, None, "AMT-2026-00002"))
    assert ledger.gaps == [Gap("AMT-2026-00001", 5, 2)]
    assert not ledger.take(delivery(7, 5))  # the same event at a later attempt
    assert ledger.note("AMT-2026-00001/5", "AMT-2026-00001", 5)  # the feed brings it
    assert ledger.gaps == []
    assert not ledger.take(delivery(5, 2))  # and the late delivery is none any more


def test_a_receiver_that_begins_in_the_middle_sees_that_it_does():
    ledger = Ledger()
    ledger.take(delivery(4, 3))
    assert ledger.gaps == [Gap("AMT-2026-00001", 3, None)]


@given(st.data())
def test_gaps_are_just_what_was_sent_and_not_taken(data):
    """Any selection of each subject's events, in any order, with any repetitions and losses."""
    sent = []
    for subject in ("a", "b"):
        sequences = sorted(data.draw(st.sets(st.integers(1, 30), max_size=8)))
        sent += [
            delivery(each, before, subject)
            for before, each in zip([None, *sequences], sequences, strict=False)
        ]
    arriving = data.draw(st.lists(st.sampled_from(sent), max_size=30)) if sent else []
    ledger, taken = Ledger(), set()
    for each in arriving:
        assert ledger.take(each) is (each.event.id not in taken)
        taken.add(each.event.id)
    had = {(each.event.subject, each.sequence) for each in arriving}
    followed = {(each.event.subject, each.previous) for each in arriving if each.previous is not None}
    assert {(gap.subject, gap.expected) for gap in ledger.gaps} == followed - had
    for gap in ledger.gaps:
        before = [sequence for subject, sequence in had if subject == gap.subject and sequence < gap.expected]
        assert gap.seen == max(before, default=None)


@pytest.mark.parametrize("subjects", [1, 7, 37])
def test_a_ledger_holds_no_more_than_it_was_given_room_for(subjects):
    ledger = Ledger(most=10)
    for sequence in range(1, 1000):
        assert ledger.take(delivery(sequence, sequence - 1 or None, f"AMT-2026-{sequence % subjects}"))
    assert len(ledger._ids) == 10
    assert sum(map(len, ledger._taken.values())) == 10
    assert set(ledger._missing) <= set(ledger._taken)
    assert len(ledger._taken) == min(subjects, 10)

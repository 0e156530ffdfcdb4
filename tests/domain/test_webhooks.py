"""Webhook signatures, with the published libraries as referees."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
import svix.webhooks
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.domain.webhooks import (
    TOLERANCE,
    Message,
    NotASecret,
    NotVerified,
    headers,
    key_of,
    public_key_text,
    secret_of,
    verify,
)
from tests.clock import START

SECRET, OTHER = secret_of(bytes(range(32))), secret_of(bytes(range(1, 33)))
SIGNING = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC, STRANGE = SIGNING.public_key(), Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
BODY = b'{"specversion":"1.0","id":"0198"}'
MESSAGE = Message("0198f2a0-0000-7000-8000-000000000001", START, BODY)


def _sent(message: Message = MESSAGE, secrets=(SECRET,)) -> dict[str, str]:
    return headers(message, secrets, SIGNING, sequence=7, previous=4)


def test_the_published_vector_comes_out():
    """Svix's documented example, which the Standard Webhooks libraries test with too."""
    at = datetime.fromtimestamp(1614265330, UTC)
    message = Message("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    sent = _sent(message, ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    assert sent["webhook-signature"].split(" ")[0] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("referee", [standardwebhooks.Webhook, svix.webhooks.Webhook])
@pytest.mark.parametrize("secrets", [[SECRET], [SECRET, OTHER], [OTHER, SECRET]])
@pytest.mark.parametrize("size", [24, 32, 63, 64])
def test_referees_accept_what_we_send_with_the_secret_as_we_hand_it_out(referee, secrets, size):
    mine = secret_of(bytes(range(size)))
    message = Message(MESSAGE.id, datetime.now(UTC), json.dumps({"a": "ü"}).encode())
    referee(mine).verify(message.body, _sent(message, [*secrets, mine]))


@pytest.mark.parametrize("referee", [standardwebhooks.Webhook, svix.webhooks.Webhook])
def test_referees_refuse_another_body(referee):
    message = Message(MESSAGE.id, datetime.now(UTC), BODY)
    with pytest.raises(Exception, match="No matching signature"):
        referee(SECRET).verify(BODY + b" ", _sent(message))


def test_we_accept_what_a_referee_signs():
    signature = standardwebhooks.Webhook(SECRET).sign(MESSAGE.id, START, BODY.decode())
    sent = {"Webhook-Id": MESSAGE.id, "Webhook-Timestamp": MESSAGE.timestamp, "Webhook-Signature": signature}
    assert verify(sent, BODY, START, secrets=[SECRET]) == MESSAGE


@given(st.binary(), st.binary(min_size=24, max_size=64), st.integers(0, 4_000_000_000))
def test_what_is_signed_verifies_under_each_of_its_keys_alone(body, raw, seconds):
    at = datetime.fromtimestamp(seconds, UTC)
    message, secret = Message("m", at, body), secret_of(raw)
    sent = _sent(message, [secret])
    assert verify(sent, body, at, secrets=[secret]) == message
    assert verify(sent, body, at, keys=[STRANGE, PUBLIC]) == message
    assert verify(sent, body, at, secrets=[OTHER, secret], keys=[STRANGE]) == message


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"webhook-id": None}, "id"),
        ({"webhook-id": ""}, "id"),
        ({"webhook-id": "another"}, "signature"),
        ({"webhook-timestamp": None}, "timestamp"),
        ({"webhook-timestamp": "1e9"}, "timestamp"),
        ({"webhook-timestamp": "-5"}, "timestamp"),
        ({"webhook-timestamp": "١٢٣"}, "timestamp"),
        ({"webhook-timestamp": "9" * 12}, "timestamp"),
        ({"webhook-timestamp": "9" * 5000}, "timestamp"),
        ({"webhook-timestamp": str(int(START.timestamp()) + 1)}, "signature"),
        ({"webhook-timestamp": str(int((START - TOLERANCE).timestamp()) - 1)}, "timestamp"),
        ({"webhook-timestamp": str(int((START + TOLERANCE).timestamp()) + 1)}, "timestamp"),
        ({"webhook-signature": None}, "signature"),
        ({"webhook-signature": ""}, "signature"),
        ({"webhook-signature": "v1"}, "signature"),
        ({"webhook-signature": "v1,"}, "signature"),
        ({"webhook-signature": "v1a,"}, "signature"),
        ({"webhook-signature": "v1a,ü=="}, "signature"),
        ({"webhook-signature": "v1a,AAAA"}, "signature"),
        ({"webhook-signature": "v2,AAAA v1,ÿ"}, "signature"),
    ],
)
def test_a_delivery_that_does_not_hold_is_refused_by_the_part_that_is_wrong(change, part):
    sent = {name: value for name, value in {**_sent(), **change}.items() if value is not None}
    with pytest.raises(NotVerified) as refused:
        verify(sent, BODY, START, secrets=[SECRET], keys=[PUBLIC])
    assert refused.value.part == part


@given(st.data())
def test_one_changed_byte_of_the_body_breaks_both_signatures(data):
    place = data.draw(st.integers(0, len(BODY) - 1))
    changed = bytearray(BODY)
    changed[place] ^= data.draw(st.integers(1, 255))
    for keys in ({"secrets": [SECRET]}, {"keys": [PUBLIC]}):
        with pytest.raises(NotVerified, match="No signature"):
            verify(_sent(), bytes(changed), START, **keys)


def test_a_signature_of_one_kind_does_not_pass_for_the_other():
    v1, v1a = _sent()["webhook-signature"].split(" ")
    crossed = f"v1,{v1a.partition(',')[2]} v1a,{v1.partition(',')[2]}"
    with pytest.raises(NotVerified):
        verify({**_sent(), "webhook-signature": crossed}, BODY, START, secrets=[SECRET], keys=[PUBLIC])


@pytest.mark.parametrize(("previous", "shown"), [(None, None), (0, "0"), (6, "6")])
def test_a_receiver_sees_its_gaps(previous, shown):
    sent = headers(MESSAGE, [SECRET], SIGNING, sequence=7, previous=previous)
    assert sent["webhook-sequence"] == "7"
    assert sent.get("webhook-previous-sequence") == shown


def test_a_later_attempt_has_the_same_id_and_a_fresh_timestamp_and_signature():
    later = Message(MESSAGE.id, START + timedelta(minutes=5), BODY)
    first, second = _sent(), _sent(later)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]
    assert first["webhook-signature"] != second["webhook-signature"]


@given(st.binary(min_size=24, max_size=64))
def test_a_secret_is_its_bytes_and_back(raw):
    assert key_of(secret_of(raw)) == raw


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "whsec_AAAA", "whsec_!!!!", SECRET.removeprefix("whsec_"), SECRET + "\n", SECRET.rstrip("="),
     "whsec_" + "A" * 100, "whsk_" + "A" * 44, SECRET.replace("+", "-")[:-3]],
)  # fmt: skip
def test_what_is_no_secret_is_said_to_be_none(secret):
    with pytest.raises(NotASecret):
        key_of(secret)


@pytest.mark.parametrize("size", [0, 23, 65])
def test_a_secret_has_the_size_the_specification_wants(size):
    with pytest.raises(NotASecret):
        secret_of(bytes(size))


def test_the_public_key_is_in_the_form_receivers_take():
    assert public_key_text(PUBLIC) == "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="

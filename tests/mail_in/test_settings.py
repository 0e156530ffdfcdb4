"""The settings of incoming mail are checked at start."""

import pytest
from pydantic import ValidationError

from app.settings import Settings

PRODUCTION = {
    "mode": "production", "database_url": "postgresql://x", "secret": "s", "signing_key": "k",
    "smtp_url": "smtp://x", "clamd_url": "tcp://x:1",
}  # fmt: skip


def test_production_takes_nobody_at_their_word():
    assert Settings(**PRODUCTION).own_mail.trusts_listener is False
    with pytest.raises(ValidationError, match="AMTDP_MAIL_TRUST_LISTENER"):
        Settings(**PRODUCTION, mail_trust_listener=True)


@pytest.mark.parametrize(
    "address", ["", "intake", "a@b", "in+take@amtdp.example", "Desk <intake@amtdp.example>"]
)
def test_the_address_is_a_plain_one(address: str):
    with pytest.raises(ValidationError, match="plain address"):
        Settings(mail_address=address)


def test_case_does_not_count_in_it():
    assert Settings(mail_address="Intake@AMTDP.example").own_mail.address == "intake@amtdp.example"

"""The service with a mail server in front whose name it knows."""

from pathlib import Path

import pytest

from app.settings import Settings
from tests.mail_in.given import MAIL_SETTINGS


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "var", database_url=database_url, rate_per_minute=1_000_000, **MAIL_SETTINGS
    )

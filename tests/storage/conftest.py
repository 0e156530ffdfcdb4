from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.blobs import Blobs
from tests.storage import stores


@pytest.fixture(scope="session")
def bucket_url() -> Iterator[str]:
    with stores.bucket() as url:
        yield url


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    """An empty store; each test that asks for it runs on both kinds."""
    if request.param == "folder":
        return Blobs(str(tmp_path / "files"))
    return Blobs(f"{request.getfixturevalue('bucket_url')}/{tmp_path.name}")

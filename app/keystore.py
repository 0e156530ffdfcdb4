"""Where the keyring comes from: settings or, in development, files made once under the data directory."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.domain.keyring import MINIMUM_SECRET_BYTES, Keyring, from_base64url
from app.settings import Settings


def keyring_of(settings: Settings) -> Keyring:
    """The keyring; production settings always name the secrets, so nothing is generated there. Raises ValueError."""
    folder = settings.data_dir / "secrets"
    secret = settings.secret.get_secret_value() if settings.secret else _kept(folder / "master", _new_secret)
    pem = (
        settings.signing_key.get_secret_value()
        if settings.signing_key
        else _kept(folder / "signing.pem", _new_pem)
    )
    master = base64.b64decode(secret)
    if len(master) < MINIMUM_SECRET_BYTES:
        raise ValueError(f"AMTDP_SECRET must hold at least {MINIMUM_SECRET_BYTES} bytes")
    signing = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(signing, Ed25519PrivateKey):
        raise ValueError("AMTDP_SIGNING_KEY must be an ed25519 key")  # noqa: TRY004 - a wrong setting, not a wrong type
    retired = tuple(
        Ed25519PublicKey.from_public_bytes(from_base64url(key)) for key in settings.retired_keys.split()
    )
    return Keyring(master, signing, retired)


def _new_secret() -> str:
    return base64.b64encode(secrets.token_bytes(MINIMUM_SECRET_BYTES)).decode()


def _new_pem() -> str:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The file's text; made first where there is none, whole or not at all, readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.touch(mode=0o600)
        part.write_text(make())
        try:
            os.link(part, path)  # fails where another process was first: its secret counts
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_text()

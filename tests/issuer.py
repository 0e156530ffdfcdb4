"""An OpenID issuer on loopback: it publishes keys, signs tokens, counts who asks, and can fall silent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

NAME, AUDIENCE = "https://login.example/realm", "https://amtdp.example"


@dataclass
class Issuer:
    url: str = ""
    asked: int = 0
    answer: bytes | None = None  # in place of the keys
    status: int = 200
    private: dict[str, Any] = field(default_factory=dict)
    published: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.add("rsa", rsa.generate_private_key(public_exponent=65537, key_size=2048))
        self.add("ec", ec.generate_private_key(ec.SECP256R1()))

    def add(self, kid: str, key: Any) -> None:
        self.private[kid] = key
        self.published.add(kid)

    def keys(self) -> bytes:
        if self.answer is not None:
            return self.answer
        return json.dumps({"keys": [self._jwk(kid) for kid in sorted(self.published)]}).encode()

    def _jwk(self, kid: str) -> dict[str, Any]:
        public = self.private[kid].public_key()
        kind = RSAAlgorithm if isinstance(public, rsa.RSAPublicKey) else ECAlgorithm
        return {**kind.to_jwk(public, as_dict=True), "kid": kid, "use": "sig"}

    def token(self, now: datetime, address: str, kid: str = "rsa", **claims: Any) -> str:
        """A token good for five minutes; a claim that is None is left out."""
        second = int(now.timestamp())
        whole = {
            "iss": NAME,
            "aud": AUDIENCE,
            "sub": f"subject of {address}",
            "iat": second,
            "exp": second + 300,
            "email": address,
            "email_verified": True,
            **claims,
        }
        said = {name: value for name, value in whole.items() if value is not None}
        algorithm = "RS256" if isinstance(self.private[kid], rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(said, self.private[kid], algorithm, {"kid": kid})


@contextmanager
def serving() -> Iterator[Issuer]:
    issuer = Issuer()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked += 1
            body = issuer.keys()
            self.send_response(issuer.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}/keys"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

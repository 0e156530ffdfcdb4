"""A folder, and a bucket on a stand-in for S3 on loopback."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from moto.server import ThreadedMotoServer


@contextmanager
def bucket() -> Iterator[str]:
    """The URL of a prefix in an empty bucket, with the variables an operator would set."""
    # the stand-in keeps its buckets as long as the process lives, so each is a new one
    name = f"files-{secrets.token_hex(4)}"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    home = f"http://{host}:{port}"
    known = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": home,
        "AWS_ALLOW_HTTP": "true",
    }
    before = {name: os.environ.get(name) for name in known}
    os.environ.update(known)
    urlopen(Request(f"{home}/{name}", method="PUT")).close()
    try:
        yield f"s3://{name}/desk"
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        server.stop()


def unfinished(url: str) -> bool:
    """Whether the bucket keeps parts of an upload that was never completed."""
    home = os.environ["AWS_ENDPOINT_URL"]
    name = urlsplit(url).netloc
    with urlopen(f"{home}/{name}?uploads") as answer:
        return b"<Upload>" in answer.read()

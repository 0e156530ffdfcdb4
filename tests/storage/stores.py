"""A folder, and a bucket on a stand-in for S3 on loopback."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

Answer = Callable[..., Iterable[bytes]]


def conditions_hold(app: Answer) -> Answer:
    """`app`, which looks and then writes: a write that is to come about only where nothing is goes alone, as in S3."""
    alone = Lock()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_IF_NONE_MATCH" not in environ:
            return app(environ, start_response)
        with alone:
            return app(environ, start_response)

    return answer


@contextmanager
def bucket() -> Iterator[str]:
    """The URL of a prefix in an empty bucket, with the variables an operator would set."""
    # the stand-in keeps its buckets as long as the process lives, so each is a new one
    name = f"files-{secrets.token_hex(4)}"
    app = conditions_hold(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    answering = Thread(target=server.serve_forever, daemon=True)
    answering.start()
    home = f"http://127.0.0.1:{server.server_port}"
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
        server.shutdown()
        answering.join()
        server.server_close()


def unfinished(url: str) -> bool:
    """Whether the bucket keeps parts of an upload that was never completed."""
    home = os.environ["AWS_ENDPOINT_URL"]
    name = urlsplit(url).netloc
    with urlopen(f"{home}/{name}?uploads") as answer:
        return b"<Upload>" in answer.read()

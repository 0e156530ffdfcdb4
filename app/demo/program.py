"""The people of the program in a demonstration, all invented: added by an administrator through the API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import httpx2

from app.demo.demonstration import Signer
from app.demo.intake import Intake
from app.samples.review import Colleague


@dataclass(frozen=True, slots=True)
class Post:
    """One of the program's people before they are added."""

    part: Colleague
    name: str
    role: str
    center: str | None = None

    def recruit(self, tag: str) -> dict[str, object]:
        """As the API takes it; `tag` keeps the addresses of two runs apart."""
        address = f"{self.name.lower().replace(' ', '.')}+{tag}@program.example"
        return {"name": self.name, "email": address, "roles": [self.role], "center": self.center}


POSTS: Final = (
    Post("desk", "Bram Eskildsen", "coordinator"),
    Post("chemistry", "Ilse Marchetti", "reviewer", "CDER"),
    Post("sterile", "Tobias Renn", "reviewer", "CDER"),
    Post("biologics", "Nkechi Sandoval", "reviewer", "CBER"),
    Post("director", "Hedwig Aronsson", "signatory"),
    Post("deputy", "Lucan Prideaux", "signatory"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """One of the program's people, who can call and sign."""

    id: str
    signer: Signer


Program = Mapping[Colleague, Member]


def hire(client: httpx2.Client, admin: Intake, tag: str) -> Program:
    """Adds everybody, under the administrator's key. Raises Refused."""
    return dict(_hired(client, admin, tag))


def _hired(client: httpx2.Client, admin: Intake, tag: str) -> Iterator[tuple[Colleague, Member]]:
    for post in POSTS:
        added = admin.post("/v1/staff", post.recruit(tag))
        signer = Signer(Intake(client, added["api_key"]), post.name, added["password"])
        yield post.part, Member(added["id"], signer)

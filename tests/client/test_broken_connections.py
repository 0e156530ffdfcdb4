"""The client and a server on a real socket, with a network between them that breaks: what is lost is done once."""

import httpx2
import pytest

from app.client import Busy, Client, Patience, Signature, Unreachable
from app.client.calls import Call
from app.main import create_app
from app.store.people import people
from tests.breaking import BREAKS, breaking
from tests.conftest import CHEAP
from tests.given import PASSWORD, Given, sound_content
from tests.served import served

# each alone, and each before another
SEQUENCES = [*((each,) for each in BREAKS), *zip(BREAKS, BREAKS[2:] + BREAKS[:2], strict=True)]
PATH = "/v1/designation-requests"


@pytest.fixture
async def signer(settings):
    """Someone with a password who is there before the server starts."""
    app = create_app(settings, passwords=CHEAP)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://t") as on,
    ):
        given = Given(app.state.runtime, on)
        person = await given.member()
        async with app.state.runtime.database.writing() as db:
            hashed = await CHEAP.hash(PASSWORD)
            await db.execute(people.update().where(people.c.id == person.id).values(password_hash=hashed))
        return person


async def _at_once(_):
    """No wait between tries: what breaks here breaks by a list, not by load."""


def client_of(url, key, **more):
    return Client(url, key, transport=httpx2.AsyncHTTPTransport(), sleep=_at_once, **more)


async def test_every_post_is_done_once_whatever_breaks_around_it(settings, signer):
    signature = Signature(printed_name=signer.name, password=PASSWORD)
    with served(create_app(settings, passwords=CHEAP)) as url, breaking(url) as between:
        async with client_of(between.url, signer.key) as client:
            for breaks in SEQUENCES:
                between.breaks.extend(breaks)
                draft = await client.open_draft({"title": " then ".join(breaks)})
                between.breaks.extend(breaks)
                draft = await client.amend(draft, sound_content())
                between.breaks.extend(breaks)
                file = await client.attach(draft, b"Plain notes. " * 9000, "other", filename="notes.txt")
                assert not between.breaks, "every break was met"
                between.breaks.extend(breaks)
                filed = await client.submit(draft, signature)
                assert (filed.status, filed.version, file.filename) == ("received", 2, "notes.txt")
            assert between.passed > 4 * len(SEQUENCES), "some of what was lost had been carried out"
            listed = [each async for each in client.requests()]
            assert len(listed) == len(SEQUENCES)
            for each in listed:
                files, story = [
                    (await client._calls.make(Call("GET", f"{PATH}/{each.number}/{part}"))).tree["items"]
                    for part in ("attachments", "timeline")
                ]
                assert len(files) == 1
                told = [happening["what"] for happening in story]
                assert [told.count(what) for what in ("draft_opened", "submitted")] == [1, 1], told


async def test_without_a_key_the_same_break_does_it_twice(settings, signer):
    headers = {"Authorization": f"Bearer {signer.key}"}
    transport = httpx2.AsyncHTTPTransport()
    with served(create_app(settings, passwords=CHEAP)) as url, breaking(url) as between:
        between.breaks.append("answer lost")
        async with httpx2.AsyncClient(transport=transport, base_url=between.url, headers=headers) as plain:
            with pytest.raises(httpx2.TransportError):
                await plain.post(PATH, json={"content": {"title": "Once"}})
            assert (await plain.post(PATH, json={"content": {"title": "Once"}})).status_code == 201
            assert len((await plain.get(PATH)).json()["items"]) == 2


async def test_a_service_that_stays_away_is_told_as_what_it_is(settings, signer):
    patience = Patience(tries=3, first=0.0)
    with served(create_app(settings, passwords=CHEAP)) as url, breaking(url) as between:
        async with client_of(between.url, signer.key, patience=patience) as client:
            between.breaks.extend(["request lost"] * 3)
            with pytest.raises(Unreachable, match="3 tries"):
                await client.open_draft({"title": "Never"})
            between.breaks.extend(["429"] * 3)
            with pytest.raises(Busy) as refused:
                await client.open_draft({"title": "Never"})
            assert refused.value.status == 429
            assert [each async for each in client.requests()] == []
    async with client_of(between.url, signer.key, patience=patience) as client:
        with pytest.raises(Unreachable):
            await client.request("AMT-2026-00001")

"""A report of a mail that did not arrive is believed of the letter whose id it names, and of nobody else."""

import pytest

from app.services import post
from app.services.post import Letter
from app.store.address_states import address_states
from app.store.deliveries import deliveries
from tests.domain.mails.test_sorting import REPORT
from tests.given import Given
from tests.mail_in.given import arrive, remarks


async def _states(given: Given) -> list[tuple[str, str]]:
    async with given.runtime.database.reading() as db:
        return [(row.email_key, row.state) for row in await db.execute(address_states.select())]


async def _letter_to(given: Given, person) -> str:
    """The Message-ID of a letter that waits for this person."""
    await given.submitted(person)
    async with given.runtime.database.reading() as db:
        rows = (await db.execute(deliveries.select().where(deliveries.c.kind == post.KIND))).all()
    letters: dict[str, Letter] = {
        str(row.id): post.opened(given.runtime.keyring, row.payload) for row in rows
    }
    return next(f"<{id}@amtdp.example>" for id, each in letters.items() if each.to == person.email)


async def test_a_final_report_about_a_letter_of_ours_is_noted_of_whom_it_went_to(given: Given):
    person = await given.member()
    raw = REPORT.replace("{id}", await _letter_to(given, person)).encode()
    row = await arrive(given.runtime, raw, envelope_sender="")
    assert (row.verdict, row.reason) == ("bounced", "bounce")
    assert remarks(row)[0].startswith("Ana@northfield.example failed 5.1.1")
    assert await _states(given) == [(person.email.lower(), "bouncing")]


@pytest.mark.parametrize("change", ["another id", "no id", "delayed"])
async def test_any_other_report_is_kept_and_blames_nobody(given: Given, change: str):
    person = await given.member()
    id = await _letter_to(given, person)
    report = REPORT.replace("Ana@northfield.example", person.email)
    raw = {
        "another id": report.replace("{id}", "<019a0000-0000-7000-8000-0000000000aa@amtdp.example>"),
        "no id": report.replace("{id}", "none"),
        "delayed": report.replace("{id}", id).replace("failed", "delayed").replace("5.1.1", "4.4.1"),
    }[change]
    row = await arrive(given.runtime, raw.encode(), envelope_sender="")
    assert row.verdict == "bounced"
    assert await _states(given) == []


async def test_whoever_got_a_letter_to_nobody_known_speaks_of_no_other_address(given: Given):
    """An invitation went to a mere address: its Message-ID proves nothing of the address a report names."""
    signer, victim = await given.member(), await given.member()
    invited = await signer.post(
        f"/v1/applicants/{signer.applicant_id}/members",
        json={"email": "eve@evil.example", "role": "preparer"},
    )
    assert invited.status_code == 201
    async with given.runtime.database.reading() as db:
        rows = (await db.execute(deliveries.select().where(deliveries.c.kind == post.KIND))).all()
    (id,) = (
        row.id for row in rows if post.opened(given.runtime.keyring, row.payload).to == "eve@evil.example"
    )
    raw = REPORT.replace("{id}", f"<{id}@amtdp.example>").replace("Ana@northfield.example", victim.email)
    await arrive(given.runtime, raw.encode())
    assert await _states(given) == []

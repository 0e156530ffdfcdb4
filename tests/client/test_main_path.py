"""The client against the service itself, on both databases: from nothing to a receipt that holds."""

import copy
from decimal import Decimal

import pytest

from app.client import Conflicting, NotAccepted, NotAllowed, NotLetIn, NotThere, Signature, Stale
from app.domain import exact_json
from tests.api.test_registration import codes, newcomer
from tests.domain.rules import given_content
from tests.given import PASSWORD, Given, sound_content

ANA = Signature(printed_name="Ana Ruiz", password=PASSWORD)


async def test_from_nothing_to_a_receipt_that_holds(given: Given, desk, tmp_path):
    body = newcomer()
    async with desk() as stranger:
        made = await stranger.register(body["applicant"], body["person"])
        (code,) = await codes(given.runtime, "ana@northfield.example")
        await stranger.confirm(made, code)
    async with desk(made.api_key) as client:
        content = sound_content()
        draft = await client.open_draft({**content, "title": "First words"})
        assert (draft.status, draft.version, draft.applicant.id) == ("draft", 1, made.applicant.id)
        draft = await client.amend(draft, {"title": content["title"]})
        assert (draft.version, draft.title) == (2, content["title"])

        report = tmp_path / "runs.csv"
        report.write_bytes(b"run,yield\n" + b"1,0.97\n" * 200_000)
        file = await client.attach(draft, report, "batch_summary", description="All runs")
        assert (file.size, file.sha256) == (report.stat().st_size, exact_json.sha256(report.read_bytes()))
        item = {**content["scalability"]["evidence"][0], "files": [{"attachment": file.filename}]}
        draft = await client.put_evidence(draft, item)

        judged = await client.readiness(draft)
        assert (judged.ready, judged.to_mend, judged.to_acknowledge) == (True, (), ())
        token = await client.step_up(PASSWORD)
        signature = Signature(printed_name="Ana Ruiz", step_up=token.step_up)
        received = await client.submit(draft, signature)
        assert (received.status, str(received.received_on), str(received.statutory_due_on)) == (
            "received",
            "2026-06-01",
            "2026-11-28",
        )
        assert (await client.request(draft.number)).etag == received.etag

        receipt, keys = await client.receipt(received), await client.public_keys()
        assert receipt.fault(keys) is None
        assert receipt.receipt["number"] == draft.number
        forged = copy.deepcopy(receipt.model_dump())
        forged["receipt"]["statutory_due_on"] = "2026-11-29"
        assert "was changed" in type(receipt).model_validate(forged).fault(keys)
        assert [each.number async for each in client.requests(status="received")] == [draft.number]


async def test_figures_keep_their_digits_both_ways(given: Given, desk):
    async with desk((await given.member()).key) as client:
        target = {"basis": "mass", "quantity": {"value": Decimal("1.50"), "unit": "kg"}}
        draft = await client.open_draft({"scalability": {"targets": [target]}})
        shown = (await client.request(draft)).content["scalability"]["targets"][0]
        assert str(shown["quantity"]["value"]) == "1.50"


async def test_gaps_are_acknowledged_with_their_reasons_and_law_is_not(given: Given, desk):
    person = await given.member()
    signature = Signature(printed_name=person.name, step_up=given.signature(person)["step_up"])
    async with desk(person.key) as client:
        draft = await client.open_draft(
            given_content.changed(sound_content(), {"scalability/targets": given_content.GONE})
        )
        report = await client.readiness(draft)
        assert not report.ready
        assert report.to_acknowledge
        with pytest.raises(NotAccepted) as refused:
            await client.submit(draft, signature)
        assert refused.value.code == "not-ready"
        assert {each.rule for each in refused.value.errors} == {each.rule for each in report.to_acknowledge}
        gaps = {each.rule: "It follows in May." for each in report.to_acknowledge}
        filed = await client.submit(draft, signature, acknowledged_gaps=gaps)
        kept = (await client.receipt(filed)).receipt["acknowledged_gaps"]
        assert {gap["rule"]: gap["reason"] for gap in kept} == gaps
        empty = await client.open_draft({"title": "Nothing yet"})
        assert {each.basis for each in (await client.readiness(empty)).to_mend} == {"law"}


async def test_every_list_is_read_to_its_end(given: Given, desk):
    person = await given.member()
    async with desk(person.key) as client:
        made = {(await client.open_draft({"title": f"Draft {n}"})).number for n in range(7)}
        listed = [each async for each in client.requests(limit="3")]
        assert [len(listed), {each.number for each in listed}] == [7, made]
        with pytest.raises(ValueError, match="read it with request"):
            await client.amend(listed[0], {"title": "No tag"})


async def test_a_change_of_what_changed_meanwhile_is_stale_and_tells_the_present_tag(given: Given, desk):
    person = await given.member()
    async with desk(person.key) as client:
        draft = await client.open_draft({"title": "One"})
        newer = await client.amend(draft, {"title": "Two"})
        for change in (
            client.amend(draft, {"title": "Three"}),
            client.put_evidence(draft, {"key": "ev-1", "kind": "experiment"}),
            client.submit(draft, _signed(given, person)),
        ):
            with pytest.raises(Stale) as refused:
                await change
            assert (refused.value.current_etag, refused.value.after_lost_answer) == (newer.etag, False)


async def test_a_key_of_ones_own_makes_a_call_once_whoever_repeats_it(given: Given, desk):
    person = await given.member()
    async with desk(person.key) as client, desk(person.key) as restarted:
        first = await client.open_draft({"title": "Once"}, key="case 7")
        again = await restarted.open_draft({"title": "Once"}, key="case 7")
        assert first == again
        file = await client.attach(first, b"Plain notes.", "other", filename="notes.txt", key="case 7 notes")
        repeated = await restarted.attach(
            first, b"Plain notes.", "other", filename="notes.txt", key="case 7 notes"
        )
        assert file == repeated
        with pytest.raises(NotAccepted) as refused:
            await client.open_draft({"title": "Another"}, key="case 7")
        assert refused.value.code == "idempotency-key-reused"
        with pytest.raises(ValueError, match="filename"):
            await client.attach(first, b"Plain notes.", "other")


async def test_each_refusal_is_an_error_of_its_kind_with_what_the_service_says(given: Given, desk):
    person = await given.member()
    async with desk(person.key) as client, desk("amtdp_nobody") as nobody:
        draft = await client.open_draft({"title": "One"})
        wrong = Signature(printed_name=person.name, password="not the password")
        for refused, kind, code in (
            (nobody.open_draft({}), NotLetIn, "unauthenticated"),
            (client.request("AMT-2026-99999"), NotThere, "not-found"),
            (client.receipt(draft), NotThere, "not-found"),
            (client.submit(draft, wrong), NotAllowed, "signing-refused"),
            (client.open_draft({"titel": "Typo"}), NotAccepted, "invalid"),
        ):
            with pytest.raises(kind) as caught:
                await refused
            fault = caught.value
            assert (fault.code, fault.type) == (code, f"/problems/{code}")
            assert fault.request_id
            assert fault.detail in str(fault)
        assert [each.pointer for each in fault.errors] == ["/content/titel"]
        await client.submit(await client.open_draft(sound_content()), _signed(given, person))
        (filed,) = [each async for each in client.requests(status="received")]
        with pytest.raises(Conflicting) as caught:
            await client.submit(filed, _signed(given, person))
        assert caught.value.problem["present"] == "received"


def _signed(given, person):
    return Signature(printed_name=person.name, step_up=given.signature(person)["step_up"])


async def test_secrets_do_not_show_where_a_shape_is_printed(given: Given, desk):
    body = newcomer()
    async with desk() as stranger:
        made = await stranger.register(body["applicant"], body["person"])
    assert made.api_key not in repr(made)
    assert PASSWORD not in repr(ANA)


async def test_a_reference_is_one_part_of_an_address_whatever_it_holds(given: Given, desk):
    async with desk((await given.member()).key) as client:
        for reference in ("../program/policy?x=", "..", "AMT-2026-00001/receipt", "a b"):
            with pytest.raises((NotAccepted, NotThere)):
                await client.request(reference)

"""Webhook endpoints: their whole life, whose they are, and that what is secret stays so."""

import base64
import json
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain import secret_headers, webhooks
from app.domain.keyring import Keyring
from app.domain.policy import Scope
from app.services import webhook_secrets
from app.store.idempotency import idempotent_answers
from app.store.logs import security_log
from app.store.webhook_endpoints import webhook_endpoints
from tests.api.hooks import BODY, PATH, URL, at, at_once, machine, patched, send, tagged
from tests.given import Given
from tests.tables import snapshot


async def secrets_of(given: Given, endpoint) -> list[webhook_secrets.Secret]:
    """As the sender reads them."""
    async with given.runtime.database.reading() as db:
        query = select(webhook_endpoints.c.secrets).where(webhook_endpoints.c.id == UUID(endpoint))
        return webhook_secrets.opened(given.runtime.keyring, (await db.execute(query)).scalar_one())


async def test_an_endpoint_lives_from_its_making_to_its_deletion(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer, description="Regulatory dashboard", max_per_second=5)
    assert {
        name: made[name] for name in ("url", "event_types", "status", "description", "max_per_second")
    } == {
        "url": URL,
        "event_types": ["*"],
        "status": "active",
        "description": "Regulatory dashboard",
        "max_per_second": 5,
    }
    assert made["applicant"]["id"] == str(signer.applicant_id)
    assert all(each["passed"] for each in made["checks"])
    shown = await signer.get(at(made))
    expected = {name: member for name, member in made.items() if name not in {"secret", "checks", "etag"}}
    assert (shown.json(), shown.headers["etag"]) == (expected, made["etag"])
    assert (await signer.get(PATH)).json()["items"] == [expected]
    cached = await signer.get(at(made), headers={"If-None-Match": made["etag"]})
    assert cached.status_code == 304
    gone = await signer.delete(at(made), headers={"If-Match": made["etag"]})
    assert gone.status_code == 204
    assert (await signer.get(at(made))).status_code == 404
    assert (await signer.get(PATH)).json()["items"] == []


async def test_the_secret_and_the_key_are_what_receivers_libraries_take(given: Given):
    made = await given.endpoint(await given.member())
    assert len(webhooks.key_of(made["secret"])) == 32
    keys = (await given.client.get("/v1/keys")).json()["keys"]
    [x] = [each["x"] for each in keys if each["kid"] == made["kid"]]
    assert base64.b64decode(made["public_key"].removeprefix("whpk_")) == base64.urlsafe_b64decode(x + "=")


async def test_a_change_needs_the_tag_of_what_it_changes(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    body = {"description": "Another"}
    assert (await signer.patch(at(made), json=body)).status_code == 428
    assert (await signer.delete(at(made))).status_code == 428
    await patched(signer, made, body)
    stale = {"If-Match": made["etag"]}
    for refused in (
        await signer.patch(at(made), json=body, headers=stale),
        await signer.delete(at(made), headers=stale),
        await signer.post(at(made, "/secret-rotations"), json={}, headers=stale),
    ):
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition-failed")
        assert refused.headers["etag"] == (await signer.get(at(made))).headers["etag"]


async def test_a_merge_patch_changes_what_it_names_and_null_removes(given: Given):
    signer = await given.member()
    made = await given.endpoint(
        signer,
        description="A",
        event_types=["designation_request.submitted"],
        statuses=["received"],
        subjects=["AMT-2026-00017"],
        headers={"X-One": "1", "X-Two": "2"},
        max_per_second=5,
    )
    assert made["headers"] == {"x-one": secret_headers.MASK, "x-two": secret_headers.MASK}
    changed = await patched(signer, made, {"headers": {"X-ONE": None, "x-three": "3"}})
    assert changed["headers"] == {"x-three": secret_headers.MASK, "x-two": secret_headers.MASK}
    assert {**changed, "headers": made["headers"], "updated_at": made["updated_at"]} == {
        name: member for name, member in made.items() if name not in {"secret", "etag"}
    }
    emptied = await patched(
        signer,
        made,
        {
            "description": None,
            "statuses": None,
            "subjects": None,
            "headers": None,
            "max_per_second": None,
            "event_types": ["*"],
        },
    )
    assert [
        emptied[name] for name in ("description", "statuses", "subjects", "headers", "max_per_second")
    ] == [
        "",
        [],
        [],
        {},
        None,
    ]
    async with given.runtime.database.reading() as db:
        row = (await db.execute(select(webhook_endpoints))).one()
    assert (row.headers, row.event_types, row.statuses, row.subjects) == (None, "", "", "")


async def test_a_patch_that_changes_nothing_leaves_no_trace(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer, headers={"X-One": "1"})
    before = await snapshot(given.runtime.database)
    await patched(signer, made, {"url": URL, "headers": {"x-one": "1"}, "status": "active"})
    assert await snapshot(given.runtime.database) == before


async def test_a_changed_header_value_changes_the_tag_though_it_is_masked(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer, headers={"X-One": "1"})
    await patched(signer, made, {"headers": {"x-one": "2"}})
    assert (await tagged(signer, made))["If-Match"] != made["etag"]


@pytest.mark.parametrize(
    ("change", "pointer", "rule"),
    [
        ({"event_types": ["designation_request.submited"]}, "/event_types/0", "unknown-event-type"),
        ({"event_types": ["webhook_endpoint.test", "a.b"]}, "/event_types/1", "unknown-event-type"),
        # the program's own: for an applicant there is no such type
        ({"event_types": ["designation_request.state_changed"]}, "/event_types/0", "unknown-event-type"),
        ({"event_types": ["*", "webhook_endpoint.test"]}, "/event_types", "all-or-some"),
        ({"event_types": []}, "/event_types", "too-short"),
        ({"event_types": "*"}, "/event_types", "list-type"),
        ({"statuses": ["recommended"]}, "/statuses/0", "enum"),
        ({"subjects": ["17"]}, "/subjects/0", "string-pattern-mismatch"),
        ({"subjects": [f"AMT-2026-{n:05d}" for n in range(101)]}, "/subjects", "too-long"),
        ({"max_per_second": 0}, "/max_per_second", "greater-than-equal"),
        ({"description": "x" * 501}, "/description", "string-too-long"),
        ({"headers": {"Host": "x"}}, "/headers/host", "reserved-header"),
        ({"headers": {"Content-Type": "x"}}, "/headers/content-type", "reserved-header"),
        ({"headers": {"webhook-id": "x"}}, "/headers/webhook-id", "reserved-header"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "/headers/transfer-encoding", "reserved-header"),
        ({"headers": {"X-A": secret_headers.MASK}}, "/headers/x-a", "masked"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "/headers/X-A", "string-pattern-mismatch"),
        ({"headers": {"X-A": " a"}}, "/headers/X-A", "string-pattern-mismatch"),
        ({"headers": {"X-A": "\u00e9"}}, "/headers/X-A", "string-pattern-mismatch"),
        ({"headers": {"X-A": ""}}, "/headers/X-A", "string-pattern-mismatch"),
        ({"headers": {"X A": "a"}}, "/headers/X A/[key]", "string-pattern-mismatch"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "/headers", "value-error"),
        ({"headers": {f"x-{n}": "1" for n in range(11)}}, "/headers", "too-long"),
        ({"headers": {f"x-{n}": "1" * 1000 for n in range(4)}}, "/headers", "too-long"),
        ({"secret": "whsec_mine"}, "/secret", "extra-forbidden"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_place(sqlite_given: Given, change, pointer, rule):
    given = sqlite_given
    signer = await given.member()
    refused = await signer.post(PATH, json={**BODY, **change})
    flaw = refused.json()["errors"][0]
    assert (refused.status_code, flaw["pointer"], flaw["rule"]) == (422, pointer, rule)
    made = await given.endpoint(signer)
    again = await signer.patch(at(made), json=change, headers={"If-Match": made["etag"]})
    assert (again.status_code, again.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("name", ["url", "event_types", "status"])
async def test_what_an_endpoint_needs_cannot_be_removed(sqlite_given: Given, name):
    signer = await sqlite_given.member()
    made = await sqlite_given.endpoint(signer)
    refused = await signer.patch(at(made), json={name: None}, headers={"If-Match": made["etag"]})
    assert refused.status_code == 422


async def test_headers_merged_past_the_limit_are_refused(sqlite_given: Given):
    signer = await sqlite_given.member()
    made = await sqlite_given.endpoint(signer, headers={f"x-{n}": "1" for n in range(10)})
    more = {"headers": {"y-1": "1"}}
    refused = await signer.patch(at(made), json=more, headers={"If-Match": made["etag"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/headers")
    await patched(signer, made, {"headers": {"y-1": "1", "x-0": None}})


async def test_the_program_hears_what_applicants_have_no_word_for(given: Given):
    program = await machine(given)
    made = await given.endpoint(program, event_types=["designation_request.state_changed"])
    assert made["applicant"] is None
    assert (await program.get(at(made))).status_code == 200


@pytest.mark.parametrize("role", ["preparer", "coordinator", "admin", "auditor"])
async def test_only_signers_and_machines_manage_endpoints(given: Given, role):
    signer, program = await given.member(), await machine(given)
    ours, theirs = await given.endpoint(signer), await given.endpoint(program)
    someone = await given.member(role, signer.applicant_id) if role == "preparer" else await given.staff(role)
    for refused in (await someone.get(PATH), await someone.post(PATH, json=BODY)):
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
    for endpoint in (ours, theirs):
        assert (await someone.get(at(endpoint))).status_code == 404


async def test_a_key_without_the_scope_manages_none(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    reader = await given.member(applicant_id=signer.applicant_id, scopes="requests:read events:read")
    for path in (PATH, at(made), at(made, "/deliveries")):
        refused = await reader.get(path)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
    refused = await machine(given, Scope.EVENTS_READ)
    assert (await refused.post(PATH, json=BODY)).status_code == 403


async def test_an_agent_does_not_manage_its_principals_endpoints(given: Given):
    principal, agent = await given.member(), await given.member()
    made = await given.endpoint(principal)
    mandate = {"agent": str(agent.applicant_id), "scope": ["read", "draft", "submit", "respond", "withdraw"]}
    given_it = await principal.post(f"/v1/applicants/{principal.applicant_id}/mandates", json=mandate)
    assert given_it.status_code == 201, given_it.text
    assert (await agent.get(at(made))).status_code == 404
    named = {**BODY, "applicant_id": str(principal.applicant_id)}
    refused = await agent.post(PATH, json=named)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/applicant_id")
    assert (await given.endpoint(agent))["applicant"]["id"] == str(agent.applicant_id)


async def test_who_acts_for_several_says_for_whom(given: Given):
    signer = await given.member()
    other = await signer.post(
        "/v1/applicants", json={"name": "Second", "type": "other", "type_detail": "lab"}
    )
    assert other.status_code == 201, other.text
    refused = await signer.post(PATH, json=BODY)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/applicant_id")
    for id in (other.json()["id"], str(signer.applicant_id)):
        assert (await given.endpoint(signer, applicant_id=id))["applicant"]["id"] == id
    assert len((await signer.get(PATH)).json()["items"]) == 2


async def test_a_machine_of_an_applicant_manages_that_applicants_endpoints_alone(given: Given):
    signer, stranger = await given.member(), await given.member()
    foreign = await given.endpoint(stranger)
    key = {"label": "robot", "scopes": ["webhooks:write"]}
    made = await signer.post(f"/v1/applicants/{signer.applicant_id}/api-keys", json=key)
    headers = {"Authorization": f"Bearer {made.json()['api_key']}"}
    endpoint = await given.client.post(PATH, json=BODY, headers=headers)
    assert endpoint.status_code == 201, endpoint.text
    assert (await given.client.get(at(foreign), headers=headers)).status_code == 404
    assert (await signer.get(at(endpoint.json()))).status_code == 200


async def test_the_program_and_applicants_do_not_see_each_others_endpoints(given: Given):
    signer, program = await given.member(), await machine(given)
    ours, theirs = await given.endpoint(signer), await given.endpoint(program)
    assert (await program.get(at(ours))).status_code == 404
    assert (await signer.get(at(theirs))).status_code == 404
    assert [each["id"] for each in (await program.get(PATH)).json()["items"]] == [theirs["id"]]
    refused = await program.post(PATH, json={**BODY, "applicant_id": str(signer.applicant_id)})
    assert refused.status_code == 422


async def test_an_owner_has_at_most_twenty_however_they_are_made(given: Given):
    signer, other = await given.member(), await given.member()
    for _ in range(18):
        await given.endpoint(signer)
    answers = await at_once(given, *(signer.post(PATH, json=BODY) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [201, 201, 409, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"too-many-endpoints"}
    await given.endpoint(other)
    limits = (await given.client.get("/v1/program/limits")).json()["webhooks"]
    assert limits["endpoints"] == len((await signer.get(PATH)).json()["items"]) == 20
    first = (await signer.get(PATH)).json()["items"][0]
    await signer.delete(at(first), headers=await tagged(signer, first))
    await given.endpoint(signer)


async def test_endpoints_are_paged_and_each_is_listed_once(given: Given):
    signer = await given.member()
    made = [(await given.endpoint(signer))["id"] for _ in range(5)]
    seen, path = [], f"{PATH}?limit=2"
    while path:
        answered = await signer.get(path)
        seen += [each["id"] for each in answered.json()["items"]]
        path = answered.links["next"]["url"] if "next" in answered.links else ""
    assert seen == made


CANARY = "Bearer canary-of-the-owner"


async def test_no_secret_stands_in_the_store_in_logs_in_errors_or_in_later_answers(
    given: Given, caplog, capfd
):
    signer = await given.member()
    once = {"Idempotency-Key": "make-it-once"}
    body = {**BODY, "headers": {"Authorization": CANARY}}
    made = (await signer.post(PATH, json=body, headers=once)).json()
    rotated = (await signer.post(at(made, "/secret-rotations"), headers={"Idempotency-Key": "again"})).json()
    await signer.post(at(made, "/test-deliveries"))
    hidden = [CANARY, made["secret"], rotated["secret"]]
    hidden += [base64.b64encode(CANARY.encode()).decode()]
    answers = [
        await signer.get(at(made)),
        await signer.get(PATH),
        await signer.get(at(made, "/deliveries")),
        await signer.patch(
            at(made), json={"headers": {"x": CANARY + "\n"}}, headers=await tagged(signer, made)
        ),
        await signer.patch(at(made), json={"headers": {"host": CANARY}}, headers=await tagged(signer, made)),
        await signer.patch(at(made), json={"description": "x"}, headers=await tagged(signer, made)),
        await signer.post(PATH, json={**body, "url": "http://10.0.0.1"}),
    ]
    kept = json.dumps(await snapshot(given.runtime.database))
    async with given.runtime.database.reading() as db:
        kept += "".join(str(bytes(row.body)) for row in await db.execute(idempotent_answers.select()))
        kept += "".join(str(row) for row in await db.execute(security_log.select()))
    said = capfd.readouterr()
    for secret in hidden:
        assert not any(secret in each.text for each in answers)
        assert secret not in kept
        assert secret not in caplog.text + said.out + said.err
    assert [each.text for each in reversed(await secrets_of(given, made["id"]))] == hidden[1:3]


async def test_a_repeated_making_shows_the_same_secret_whatever_the_name_means_by_then(given: Given):
    signer = await given.member()
    once = {"Idempotency-Key": "make-it-once"}
    first = await signer.post(PATH, json=BODY, headers=once)
    given.runtime.resolve.known["hooks.partner.example"] = ["10.0.0.1"]
    again = await signer.post(PATH, json=BODY, headers=once)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert (await signer.post(PATH, json=BODY, headers={"Idempotency-Key": "two"})).status_code == 422
    other = await signer.post(PATH, json={**BODY, "description": "x"}, headers=once)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_repeated_call_is_still_held_to_the_length_of_its_headers(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    once = {"Idempotency-Key": "rotate-it-once"}
    for tag, status in (("*", 201), ("*", 201), ("0" * 301, 422)):
        answered = await signer.post(at(made, "/secret-rotations"), headers={**once, "If-Match": tag})
        assert answered.status_code == status, answered.text


async def test_under_another_master_secret_an_endpoint_can_still_be_read_rotated_and_deleted(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer, headers={"Authorization": CANARY})
    async with given.runtime.database.writing() as db:
        other = Keyring(b"n" * 32, given.runtime.keyring.signing)
        lost = webhook_secrets.sealed(other, [webhook_secrets.new_secret()])
        await db.execute(webhook_endpoints.update().values(secrets=lost, headers=lost))
    assert (await signer.get(at(made))).json()["headers"] == {}
    rotated = (await signer.post(at(made, "/secret-rotations"))).json()
    assert [each.text for each in await secrets_of(given, made["id"])] == [rotated["secret"]]
    assert (await signer.delete(at(made), headers=await tagged(signer, made))).status_code == 204


async def test_rotated_secrets_overlap_and_then_the_new_one_signs_alone(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    rotated = (await signer.post(at(made, "/secret-rotations"), json={"overlap_hours": 2})).json()
    assert rotated["previous_secret_until"] == "2026-06-01T17:00:00.000000Z"
    held = await secrets_of(given, made["id"])
    for hours, expected in ((0, 2), (1.9, 2), (0.2, 1)):
        given.runtime.now.move(hours=hours)
        signing = webhook_secrets.signing(held, given.runtime.now())
        assert signing == [rotated["secret"], made["secret"]][:expected]


async def test_a_rotation_says_how_long_it_takes_or_takes_a_day(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    rotated = (await signer.post(at(made, "/secret-rotations"))).json()
    assert rotated["previous_secret_until"] == "2026-06-02T15:00:00.000000Z"
    for hours in (-1, 169, 1.5, "2"):
        refused = await signer.post(at(made, "/secret-rotations"), json={"overlap_hours": hours})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/overlap_hours"), hours


async def test_a_leaked_secret_and_all_before_it_end_at_once(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    for _ in range(3):
        await signer.post(at(made, "/secret-rotations"), json={"overlap_hours": 168})
    new = (await signer.post(at(made, "/secret-rotations"), json={"overlap_hours": 0})).json()
    assert [each.text for each in await secrets_of(given, made["id"])] == [new["secret"]]
    assert new["previous_secret_until"] is None


async def test_ten_secrets_sign_and_an_eleventh_waits(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    answers = [await signer.post(at(made, "/secret-rotations"), json={}) for _ in range(10)]
    assert [each.status_code for each in answers] == [201] * 9 + [409]
    assert len(await secrets_of(given, made["id"])) == 10
    given.runtime.now.move(hours=25)
    assert (await signer.post(at(made, "/secret-rotations"), json={})).status_code == 201


async def test_secrets_of_racing_rotations_all_sign(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    answers = await at_once(given, *(signer.post(at(made, "/secret-rotations"), json={}) for _ in range(4)))
    assert [each.status_code for each in answers] == [201] * 4
    handed_out = {each.json()["secret"] for each in answers}
    assert {each.text for each in await secrets_of(given, made["id"])} == {made["secret"], *handed_out}


async def test_of_racing_rotations_of_one_version_one_wins(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    tag = {"If-Match": made["etag"]}
    answers = await at_once(
        given, *(signer.post(at(made, "/secret-rotations"), json={}, headers=tag) for _ in range(4))
    )
    assert sorted(each.status_code for each in answers) == [201, 412, 412, 412]
    [won] = [each.json()["secret"] for each in answers if each.status_code == 201]
    assert [each.text for each in await secrets_of(given, made["id"])] == [won, made["secret"]]


async def told(given: Given, person, endpoint) -> list[str]:
    return [each["type"] for each in reversed(await given.deliveries(person, endpoint))]


async def test_what_happens_to_an_endpoint_is_told_to_its_owners_endpoints(given: Given):
    signer, stranger, program = await given.member(), await given.member(), await machine(given)
    made, beside = await given.endpoint(signer), await given.endpoint(signer)
    others = [(who, await given.endpoint(who)) for who in (stranger, program)]
    await signer.post(at(made, "/secret-rotations"), json={})
    disabled = await patched(signer, made, {"status": "disabled"})
    assert (disabled["status"], disabled["disabled_reason"]) == ("disabled", "owner")
    enabled = await patched(signer, made, {"status": "active"})
    assert (enabled["status"], enabled["disabled_reason"], enabled["disabled_at"]) == ("active", None, None)
    story = [f"webhook_endpoint.{name}" for name in ("secret_rotated", "disabled", "enabled")]
    assert await told(given, signer, beside) == story
    # nothing is sent to an endpoint of its own end
    assert await told(given, signer, made) == [story[0], story[2]]
    for who, endpoint in others:
        assert await told(given, who, endpoint) == []
    log = await given.deliveries(signer, beside)
    assert [each["sequence"] for each in log] == [3, 2, 1]
    assert {each["subject"] for each in log} == {made["id"]}


async def test_disabling_cancels_what_waits_and_nothing_more_is_queued(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    await given.submitted(signer)
    waiting = await given.deliveries(signer, made, "?status=pending")
    assert waiting
    await patched(signer, made, {"status": "disabled"})
    await given.submitted(signer)
    log = await given.deliveries(signer, made)
    assert {(each["status"], each["reason"]) for each in log} == {("cancelled", "endpoint-disabled")}
    assert len(log) == len(waiting)
    assert await send(given) == []


async def test_an_owner_can_disable_and_reword_whatever_the_name_means(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    given.runtime.resolve.known["hooks.partner.example"] = ["10.0.0.1"]
    changed = await patched(signer, made, {"description": "Moved inside", "status": "disabled"})
    assert [each["passed"] for each in changed["checks"]] == [True, True, False]
    for body in ({"status": "active"}, {"url": URL}):
        refused = await signer.patch(at(made), json=body, headers=await tagged(signer, made))
        assert (refused.status_code, refused.json()["code"]) == (422, "target-not-allowed")


async def test_an_owners_word_ends_a_failing_spell(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    async with given.runtime.database.writing() as db:
        failing = {"failing_since": given.runtime.now(), "warned_at": given.runtime.now()}
        await db.execute(webhook_endpoints.update().values(**failing))
    shown = (await signer.get(at(made))).json()
    assert (shown["status"], shown["failing_since"]) == ("failing", "2026-06-01T15:00:00.000000Z")
    assert (await tagged(signer, made))["If-Match"] != made["etag"]
    enabled = await patched(signer, made, {"status": "active"})
    assert (enabled["status"], enabled["failing_since"]) == ("active", None)
    assert await told(given, signer, made) == []


async def test_deleting_erases_secrets_cancels_and_leaves_nothing_to_read(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer, headers={"Authorization": CANARY})
    await given.submitted(signer)
    delivery = (await given.deliveries(signer, made))[0]
    await signer.delete(at(made), headers={"If-Match": made["etag"]})
    for path in (at(made), at(made, "/deliveries"), f"/v1/webhook-deliveries/{delivery['id']}"):
        assert (await signer.get(path)).status_code == 404, path
    for path in (
        at(made, "/secret-rotations"),
        at(made, "/test-deliveries"),
        f"/v1/webhook-deliveries/{delivery['id']}/redeliveries",
    ):
        assert (await signer.post(path)).status_code == 404, path
    async with given.runtime.database.reading() as db:
        row = (await db.execute(select(webhook_endpoints))).one()
    assert (row.url, row.secrets, row.headers, row.state) == ("", "", None, "disabled")
    assert await send(given) == []


async def test_the_security_log_has_each_step_and_no_secret(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    await signer.post(at(made, "/secret-rotations"), json={})
    await patched(signer, made, {"description": "x", "headers": {"x-a": "1"}})
    await signer.delete(at(made), headers=await tagged(signer, made))
    async with given.runtime.database.reading() as db:
        query = (
            select(security_log).where(security_log.c.action.like("endpoint_%")).order_by(security_log.c.seq)
        )
        rows = (await db.execute(query)).all()
    assert [row.action for row in rows] == [
        "endpoint_created",
        "endpoint_secret_rotated",
        "endpoint_changed",
        "endpoint_deleted",
    ]
    assert {(str(row.subject_id), row.actor_id) for row in rows} == {(made["id"], signer.id)}
    assert json.loads(rows[2].facts) == {"members": "description headers"}


async def test_racing_changes_of_one_version_have_one_winner(given: Given):
    signer = await given.member()
    made = await given.endpoint(signer)
    tag = {"If-Match": made["etag"]}
    answers = await at_once(
        given,
        *(signer.patch(at(made), json={"description": str(n)}, headers=tag) for n in range(4)),
        signer.delete(at(made), headers=tag),
    )
    assert sorted(each.status_code for each in answers)[1:] in ([404, 404, 404, 404], [412, 412, 412, 412])

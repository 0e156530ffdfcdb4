"""The API against its own description: valid and invalid calls made from it, bounded and repeatable.

Not a fault on valid data: 409, 412, 422 with a rule, 423 and 428, which business and conditional writes answer with.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import events, from_schema
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER

from app.main import create_app
from app.settings import Settings
from tests.conftest import CHEAP
from tests.designation_given import granted
from tests.given import Desk, Given
from tests.names import Names
from tests.served import served

SEED = 20260302
EXAMPLES = int(os.environ.get("AMTDP_FUZZ_EXAMPLES", "6"))
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "423", "428", "429"]
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "423", "428", "429"]
# Each takes the whole content; the walk through every bound of its schema is made once, by the first.
SAME_SCHEMA = ("POST /v1/readiness-checks", "PUT /v1/designation-requests/{reference}/evidence/{key}")
ENDPOINT = "/v1/webhook-endpoints/{id}"
ASSIGN = "POST /v1/designation-requests/{reference}/assignments"
CALLERS = ("member", "staff")
# An operation is walked and fuzzed once, by a caller for whom valid calls come through: staff on what is theirs alone,
# else a member. Transitions, which mean other things to each, are left to both; everybody sends the examples.
STAFFS = re.compile(
    r"/v1/(staff|consults|reports|broadcasts|incoming-mails|program/dead-letters|engagements/timeliness|test-clock)\b"
    r"|/(assignments|conflicts|consults|notes|assessments|extensions|waivers|counsel-sign-offs|graduation-log)\b"
    r"|/(bulk-)?transitions$|^POST /v1/applicants$"
)
BOTHS = re.compile(r"/transitions$")
NOT = {"enabled": False}


@dataclass
class Fuzzed:
    """What a run came to."""

    calls: int = 0
    statuses: set[tuple[str, int]] = field(default_factory=set)
    faults: dict[str, str] = field(default_factory=dict)

    def take(self, event: Any) -> None:
        if isinstance(event, events.NonFatalError | events.FatalError):
            self.faults[f"{getattr(event, 'label', '')}: the run itself"] = str(vars(event))
        if not isinstance(event, events.ScenarioFinished):
            return
        for interaction in event.recorder.interactions.values():
            self.calls += 1
            if interaction.response is not None:
                self.statuses.add((event.label or "", interaction.response.status_code))
        for checks in event.recorder.checks.values():
            for check in checks:
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    named = f"{event.label}: {failure.title}: {failure.message}"
                    self.faults.setdefault(named, check.failure_info.code_sample[:2000])


@dataclass
class World:
    """A caller with some drafts, and what the hook needs to make calls meet them."""

    key: str
    applicant_id: str
    requests: list[str]  # the caller can see and change each, a member's are drafts
    designation: str  # one that the caller can see
    endpoint: str = ""  # a webhook endpoint, for who manages some
    url: str = ""
    engagement: str = ""
    colleague: str = ""  # a member of staff whom the caller can assign

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.key}"

    def prepare(self, case: Any) -> None:
        """Puts a request that exists where a valid reference was made up, and its tag where If-Match is sent."""
        if case.meta is None:
            return
        if case.headers is not None:
            case.headers.pop("Content-Length", None)  # HTTP's own: a wrong one never reaches the service
        valid_path = not case.meta.is_negative_at(ParameterLocation.PATH)
        valid_body = not case.meta.is_negative_at(ParameterLocation.BODY)
        if valid_path and "reference" in case.path_parameters:
            case.path_parameters["reference"] = self._request_for(case)
        if valid_path and "engagement" in case.path_parameters:
            case.path_parameters["engagement"] = self.engagement
        if valid_path and "designation" in case.path_parameters:
            case.path_parameters["designation"] = self.designation
        if valid_path and self.endpoint and ENDPOINT in case.operation.path and case.method != "DELETE":
            case.path_parameters["id"] = self.endpoint
        if valid_body and isinstance(case.body, dict):
            self._name_who_exists(case)
            if valid_path and case.operation.label.startswith("PUT") and "key" in case.path_parameters:
                case.path_parameters["key"] = case.body.get("key", "ev-1")
        if not case.meta.is_negative_at(ParameterLocation.HEADER) and "If-Match" in (case.headers or {}):
            # an evidence item is changed under the tag of its request
            address = f"{self.url}{case.formatted_path.split('/evidence/')[0]}"
            case.headers["If-Match"] = self.session.get(address).headers.get("ETag", '"none"')

    def _name_who_exists(self, case: Any) -> None:
        if "applicant_id" in case.body:
            case.body["applicant_id"] = self.applicant_id
        if case.operation.label == ASSIGN and "person_id" in case.body:
            case.body["person_id"] = self.colleague

    def _request_for(self, case: Any) -> str:
        if case.operation.label.startswith("DELETE") and self.applicant_id:
            body = {"content": {}, "applicant_id": self.applicant_id}
            opened = self.session.post(f"{self.url}/v1/designation-requests", json=body)
            return opened.json()["number"]
        if case.operation.label == "POST /v1/designation-requests/{reference}/conflicts":
            return self.requests[0]  # from then on there is nothing more of it for who declared one
        return self.requests[1 + len(repr(case.body)) % (len(self.requests) - 1)]


async def _world(settings: Settings, caller: str) -> World:
    app = create_app(settings, passwords=CHEAP, resolve=Names())
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://t") as on,
    ):
        given = Given(app.state.runtime, on)
        owner = await given.member()
        engagement = (await given.engagement(owner))["number"]
        designation = await granted(given, owner)
        if caller == "staff":
            staff = await given.staff("coordinator", "reviewer", "consultant", "admin", center="CBER")
            desk = Desk(staff, staff, await given.staff("signatory"))
            made = [await given.submitted(owner), await given.recommended(owner, desk)]
            made += [await given.under_assessment(owner, desk) for _ in range(2)]
            numbers, colleague = [each["number"] for each in made], await given.staff("reviewer")
            return World(
                staff.key, "", numbers, designation, engagement=engagement, colleague=str(colleague.id)
            )
        drafts = [(await given.draft(owner))["number"] for _ in range(4)]
        endpoint = (await given.endpoint(owner))["id"]
        return World(owner.key, str(owner.applicant_id), drafts, designation, endpoint, engagement=engagement)


def _walks(caller: str, name: str) -> bool:
    return BOTHS.search(name) is not None or (STAFFS.search(name) is not None) == (caller == "staff")


def _names(document: dict[str, Any]) -> set[str]:
    return {f"{method.upper()} {path}" for path, each in document["paths"].items() for method in each}


def _config(world: World, caller: str, names: set[str]) -> SchemathesisConfig:
    # the walk through every bound of the content's schema takes thousands of calls: a longer run asks for it
    walked = caller == "member" and "AMTDP_FUZZ_EXAMPLES" in os.environ
    big = [*SAME_SCHEMA, *([] if walked else ["POST /v1/designation-requests"])]
    others = [each for each in sorted(names) if not _walks(caller, each)]
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "base-url": world.url,
            "headers": {"Authorization": f"Bearer {world.key}"},
            "continue-on-failure": True,
            "generation": {
                "deterministic": True,
                "max-examples": EXAMPLES,
                "no-shrink": True,
                "with-security-parameters": False,
            },
            "phases": {"stateful": {"enabled": False}},
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ACCEPTED},
                "negative_data_rejection": {"expected-statuses": REFUSED},
                "missing_required_header": {"expected-statuses": REFUSED},
            },
            "operations": [
                *({"include-name": name, "phases": {"coverage": NOT}} for name in big),
                *({"include-name": name, "phases": {"coverage": NOT, "fuzzing": NOT}} for name in others),
            ],
        }
    )


@pytest.fixture
def no_hooks_left() -> Iterator[None]:
    yield
    GLOBAL_HOOK_DISPATCHER.unregister_all()


@pytest.mark.usefixtures("no_hooks_left")
@pytest.mark.parametrize("caller", CALLERS)
def test_the_service_does_what_its_description_says(sqlite_url: str, tmp_path: Path, caller: str):
    settings = Settings(data_dir=tmp_path / "var", database_url=sqlite_url, rate_per_minute=10**9)
    world = asyncio.run(_world(settings, caller))

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        world.prepare(case)

    fuzzed = Fuzzed()
    with served(create_app(settings, passwords=CHEAP, resolve=Names())) as url:
        world.url = url
        document = requests.get(f"{url}/openapi.json", timeout=30).json()
        schema = schemathesis.openapi.from_dict(document, config=_config(world, caller, _names(document)))
        for event in from_schema(schema).execute():
            fuzzed.take(event)
    assert not fuzzed.faults, "\n\n".join(f"{name}\n{call}" for name, call in fuzzed.faults.items())
    assert fuzzed.calls > 500
    if caller == "staff":
        for operation in ("POST {}/notes", "POST {}/assignments", "POST {}/assessments"):
            assert (operation.format("/v1/designation-requests/{reference}"), 201) in fuzzed.statuses
    if caller == "member":  # the valid half must come through, or nothing was tried
        draft = "/v1/designation-requests/{reference}"
        for operation, status in (("PATCH", 200), ("DELETE", 204), ("GET", 200)):
            assert (f"{operation} {draft}", status) in fuzzed.statuses
        assert ("POST /v1/designation-requests", 201) in fuzzed.statuses
        for operation, status in (("PATCH", 200), ("GET", 200)):
            assert (f"{operation} {ENDPOINT}", status) in fuzzed.statuses
        for rest in ("secret-rotations", "test-deliveries"):
            assert (f"POST {ENDPOINT}/{rest}", 201) in fuzzed.statuses
        assert (f"PUT {draft}/evidence/{{key}}", 200) in fuzzed.statuses
        assert ("POST /v1/engagements", 201) in fuzzed.statuses
        assert ("GET /v1/engagements/{engagement}", 200) in fuzzed.statuses
        assert ("PUT /v1/designations/{designation}/publication", 200) in fuzzed.statuses
        for rest in ("authorizations", "citations"):
            assert (f"GET /v1/designations/{{designation}}/{rest}", 200) in fuzzed.statuses


@pytest.mark.usefixtures("no_hooks_left")
def test_a_service_that_strays_from_its_description_is_caught(sqlite_url: str, tmp_path: Path):
    settings = Settings(data_dir=tmp_path / "var", database_url=sqlite_url, rate_per_minute=10**9)
    world = asyncio.run(_world(settings, "member"))
    fuzzed = Fuzzed()
    with served(create_app(settings, passwords=CHEAP, resolve=Names())) as url:
        world.url = url
        document = requests.get(f"{url}/openapi.json", timeout=30).json()
        kept = "/v1/program/limits"
        document["paths"] = {kept: document["paths"][kept]}
        answer = document["paths"][kept]["get"]["responses"]["200"]
        answer["content"]["application/json"]["schema"] = {"type": "array"}
        schema = schemathesis.openapi.from_dict(document, config=_config(world, "member", _names(document)))
        for event in from_schema(schema).execute():
            fuzzed.take(event)
    assert any("schema" in fault.lower() for fault in fuzzed.faults)


@pytest.mark.usefixtures("no_hooks_left")
def test_the_test_clock_does_what_its_description_says(sqlite_url: str, tmp_path: Path):
    settings = Settings(
        data_dir=tmp_path / "var", database_url=sqlite_url, rate_per_minute=10**9, test_clock=True
    )
    world = asyncio.run(_world(settings, "staff"))
    app, fuzzed = create_app(settings, passwords=CHEAP, resolve=Names()), Fuzzed()
    app.state.runtime.mover.patience = 0.05
    with served(app) as url:
        world.url = url
        document = requests.get(f"{url}/openapi.json", timeout=30).json()
        document["paths"] = {path: each for path, each in document["paths"].items() if "test-clock" in path}
        schema = schemathesis.openapi.from_dict(document, config=_config(world, "staff", _names(document)))
        for event in from_schema(schema).execute():
            fuzzed.take(event)
    assert not fuzzed.faults, "\n\n".join(f"{name}\n{call}" for name, call in fuzzed.faults.items())
    assert {("GET /v1/test-clock", 200), ("POST /v1/test-clock/moves", 200)} <= fuzzed.statuses

"""The layers: which way imports point, who may touch what, and the rules of the house that a tool can see."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, calls, functions, imports, modules, named, tree

# layer -> packages it has no business with
FORBIDDEN = {
    "domain": {
        "sqlalchemy", "fastapi", "starlette", "httpx2", "uvicorn", "aiosqlite", "psycopg", "asyncpg", "asyncio",
        "socket", "subprocess", "structlog", "typer", "obstore", "aiosmtplib", "alembic", "requests",
    },
    "store": {"fastapi", "starlette", "httpx2", "uvicorn", "typer", "structlog"},
    "services": {"fastapi", "starlette", "uvicorn", "typer"},
}  # fmt: skip
CLOCKS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime)|utc_now)$"
)
NAMES_OF_NOTHING = {
    "utils", "util", "helpers", "helper", "common", "misc", "core", "manager", "managers", "handler", "handlers",
    "base", "data", "info", "lib", "stuff", "tools",
}  # fmt: skip
LONGEST_FILE = 350


# what the client may need of us, and of others
ITS_OWN = ("app.client", "app.domain")
ITS_LIBRARIES = {"httpx2", "pydantic", "cryptography"}


def _roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(tree(path))}


@pytest.mark.parametrize("layer", sorted(FORBIDDEN))
def test_a_layer_leaves_alone_what_is_not_its_business(layer):
    found = {named(path): sorted(_roots(path) & FORBIDDEN[layer]) for path in modules(layer)}
    assert {path: names for path, names in found.items() if names} == {}


def test_the_client_could_be_shipped_alone():
    for path in modules("client"):
        ours = {name for name in imports(tree(path)) if name.split(".")[0] == "app"}
        assert {name for name in ours if not name.startswith(ITS_OWN)} == set(), named(path)
        assert _roots(path) - {"app"} <= ITS_LIBRARIES | sys.stdlib_module_names, named(path)


def test_the_client_is_imported_without_anything_of_the_server():
    shown = "import sys, app.client.webhooks as _; print(*(each for each in sys.modules if each.startswith('app')))"
    loaded = subprocess.run(
        [sys.executable, "-c", shown], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    assert [name for name in loaded.split() if name != "app" and not name.startswith(ITS_OWN)] == []


@pytest.mark.parametrize("layer", ["domain", "store", "services"])
def test_time_is_given_never_taken(layer):
    for path in modules(layer):
        assert [call for call in calls(tree(path)) if CLOCKS.search(call)] == [], named(path)


def test_the_clock_check_can_fail():
    taken = "datetime.now(UTC); datetime.datetime.utcnow(); date.today(); time.time()"
    assert len([call for call in calls(ast.parse(taken)) if CLOCKS.search(call)]) == 4


def test_services_take_a_connection_and_never_end_its_transaction():
    ending = {"commit", "rollback", "begin"}
    for path in modules("services"):
        assert [call for call in calls(tree(path)) if call.split(".")[-1] in ending] == [], named(path)


def test_no_module_has_a_name_that_says_nothing():
    assert [named(path) for path in modules() if path.stem in NAMES_OF_NOTHING] == []


def test_no_function_has_a_name_that_says_nothing():
    given_to_us = {"process_bind_param", "process_result_value"}  # SQLAlchemy's, on a type of a column
    for path in modules():
        names = {each.name for each in functions(tree(path))} - given_to_us
        found = [name for name in names if re.match(r"_?(do|process)_", name)]
        assert found == [], named(path)


def test_every_module_says_first_what_it_is_for():
    for path in modules():
        first = path.read_text().partition("\n")[0]
        assert re.match(r'"""\S.*', first), named(path)


def test_no_docstring_repeats_a_name():
    for path in modules():
        for each in functions(tree(path)):
            words = re.findall(r"[a-z]+", (ast.get_docstring(each) or "").lower())
            assert not words or words != re.findall(r"[a-z]+", each.name.lower()), (
                f"{named(path)}: {each.name}"
            )


def test_files_stay_short():
    long = {
        named(path): lines
        for path in modules()
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert long == {}


EXCUSES = re.compile(r"#\s*(noqa|type:\s*ignore)(.*)")


def _unexcused(text: str) -> list[str]:
    """Suppressions that name no rule, or give no reason after a dash."""
    bare = []
    for kind, rest in EXCUSES.findall(text):
        names_rule = rest.startswith((":", "["))
        if not names_rule or not re.search(r" (--?|#) \S", rest):
            bare.append(f"{kind}{rest}".strip())
    return bare


def test_a_suppressed_finding_names_its_rule_and_its_reason():
    found = {named(path): _unexcused(path.read_text()) for path in modules()}
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.parametrize("bare", ["# noqa", "# noqa: S101", "# type: ignore", "# type: ignore[arg-type]"])
def test_a_bare_suppression_would_be_found(bare):
    assert _unexcused(f"x = 1  {bare}\n") == [bare.removeprefix("# ")]


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[bytes]:
    script = Path(sys.executable).with_name("lint-imports")
    settings = {**os.environ, "PYTHONPATH": str(folder)}
    command = [str(script), "--no-cache"]
    return subprocess.run(command, cwd=folder, env=settings, capture_output=True, check=False)


def test_imports_point_one_way():
    found = _lint_imports(ROOT)
    assert found.returncode == 0, found.stdout.decode()


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("domain", "store"), ("domain", "services"), ("domain", "api"),
        ("store", "services"), ("store", "api"), ("services", "api"), ("services", "delivery"),
        ("client", "services"), ("client", "store"), ("client", "api"), ("api", "client"), ("services", "client"),
    ],
)  # fmt: skip
def test_an_import_the_wrong_way_is_found(tmp_path, importer, imported):
    contract = (ROOT / "pyproject.toml").read_text()
    layers = tomllib.loads(contract)["tool"]["importlinter"]["contracts"][0]["layers"]
    (tmp_path / "pyproject.toml").write_text(contract[contract.index("[tool.importlinter]") :])
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").write_text("")
    for layer in {each.strip() for line in layers for each in line.split("|")}:
        folder = tmp_path / layer.replace(".", "/")
        folder.mkdir()
        (folder / "__init__.py").write_text("")
    assert _lint_imports(tmp_path).returncode == 0
    (tmp_path / "app" / importer / "astray.py").write_text(f"import app.{imported}\n")
    assert _lint_imports(tmp_path).returncode != 0

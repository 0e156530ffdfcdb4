"""The guard of the locks and of what tracked files may name. Prints each fault and leaves with 1 where there is one."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LOCKS = {"requirements.lock": (), "requirements-dev.lock": ("dev",)}
RIVAL = Path("benchmarks") / "rival"  # what the bench compares with has requirements and a lock of its own
# Put together here, so that this file does not name them.
INDEX_WORDS = tuple(
    "".join(parts)
    for parts in (
        ("pypi", ".org"), ("python", "hosted.org"), ("index", "-url"), ("extra-", "index"), ("find-", "links"),
        ("PIP_", "INDEX"), ("UV_", "INDEX"), ("trusted", "-host"), ("npmjs", ".org"), ("registry.", "npmjs"),
    )
)  # fmt: skip
OUTSIDE_WORDS = ("../" + "shared", "/work/" + "main", "/work/" + "shared")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(\[[A-Za-z0-9,._-]+\])?==([^ ;\\]+)")


def tracked(root: Path) -> Iterator[Path]:
    """The files git knows of; without git, every file that is not made by the tools."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=False)  # noqa: S607 - git is found on the path
    if listed.returncode == 0:
        yield from (root / name for name in listed.stdout.decode().split("\0") if name)
        return
    made = {
        ".git",
        ".venv",
        "var",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".hypothesis",
    }
    for path in root.rglob("*"):
        if path.is_file() and not made & set(path.relative_to(root).parts):
            yield path


def forbidden_words(text: str) -> list[str]:
    """What no tracked file may name: a package index, or a place outside the tree."""
    return [word for word in (*INDEX_WORDS, *OUTSIDE_WORDS) if word in text]


def entries(lock: str) -> Iterator[str]:
    """The requirements of a lock, each on one line with its hashes."""
    yield from (entry.strip() for entry in lock.replace("\\\n", " ").splitlines() if entry.strip())


def lock_faults(lock: str) -> Iterator[str]:
    """Entries that are not pinned and hashed, and nothing else."""
    for entry in entries(lock):
        if not PIN.match(entry):
            yield f"not pinned to a version: {entry[:60]}"
        elif not re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry):
            yield f"without a hash: {entry[:60]}"
        elif " @ " in entry or "://" in entry:
            yield f"names an address: {entry[:60]}"


def pins(lock: str) -> dict[str, list[Version]]:
    """Each name with its versions: more than one where they differ by platform."""
    found: dict[str, list[Version]] = {}
    for entry in entries(lock):
        match = PIN.match(entry)
        if match:
            found.setdefault(canonical(match[1]), []).append(Version(match[3]))
    return found


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def drift(project: dict[str, list[str]], lock: str) -> Iterator[str]:
    """What the project asks for and the lock does not have, or has in a version the project excludes."""
    known = pins(lock)
    for line in (line for group in project.values() for line in group):
        wanted = Requirement(line)
        versions = known.get(canonical(wanted.name))
        if versions is None:
            yield f"not locked: {line}"
        elif not all(wanted.specifier.contains(each, prereleases=True) for each in versions):
            yield f"locked at another version than {line}"


def disagreement(lock: str, wider: str) -> Iterator[str]:
    """What one lock has and the wider one has not, or not so."""
    ours, theirs = pins(lock), pins(wider)
    yield from (f"{name} differs between the locks" for name in ours if theirs.get(name) != ours[name])


def faults(root: Path) -> Iterator[str]:
    for path in tracked(root):
        if path.is_file():
            text = path.read_bytes().decode(errors="replace")
            yield from (f"{path.relative_to(root)} names {word}" for word in forbidden_words(text))
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    locks = {name: (root / name).read_text() for name in LOCKS}
    for name, extras in LOCKS.items():
        groups = {
            "": project["dependencies"],
            **{each: project["optional-dependencies"][each] for each in extras},
        }
        for fault in (*lock_faults(locks[name]), *drift(groups, locks[name])):
            yield f"{name}: {fault}"
    yield from disagreement(*locks.values())
    asked, lock = ((root / RIVAL / name).read_text() for name in ("requirements.in", "requirements.lock"))
    for fault in (*lock_faults(lock), *drift({"": asked.split()}, lock)):
        yield f"{RIVAL}: {fault}"


if __name__ == "__main__":
    found = list(faults(ROOT))
    for fault in found:
        print(fault, file=sys.stderr)
    sys.exit(1 if found else 0)

"""The guard that .ci/run calls: what it looks for, and that it finds it."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HASH = "--hash=sha256:" + "a" * 64
PINNED = f"fastapi==0.165.0 \\\n    {HASH}\n"


def _guard():
    spec = importlib.util.spec_from_file_location("guard", ROOT / ".ci" / "guard.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


guard = _guard()


def test_the_tree_as_it_stands_passes():
    assert list(guard.faults(ROOT)) == []


@pytest.mark.parametrize("word", [*guard.INDEX_WORDS, *guard.OUTSIDE_WORDS])
def test_a_file_that_names_an_index_or_a_place_outside_is_found(word):
    assert guard.forbidden_words(f"see https://{word}/simple") == [word]
    assert guard.forbidden_words("see the tree itself") == []


@pytest.mark.parametrize(
    ("lock", "fault"),
    [
        (f"fastapi>=0.165 {HASH}\n", "not pinned"),
        ("fastapi==0.165.0\n", "without a hash"),
        ("fastapi==0.165.0 --hash=sha256:abc\n", "without a hash"),
        (f"fastapi==0.165.0 @ https://somewhere.example/f.whl {HASH}\n", "names an address"),
        (f"--index https://somewhere.example {HASH}\n", "not pinned"),
    ],
)
def test_an_entry_that_is_not_pinned_and_hashed_is_found(lock, fault):
    assert [found.split(":")[0] for found in guard.lock_faults(PINNED)] == []
    (found,) = guard.lock_faults(lock)
    assert found.startswith(fault)


@pytest.mark.parametrize(
    ("wanted", "faults"),
    [
        ("fastapi==0.165.0", []),
        ("FastAPI[all]>=0.100", []),
        ("fastapi>=0.166", ["locked at another version than fastapi>=0.166"]),
        ("starlette>=1", ["not locked: starlette>=1"]),
    ],
)
def test_a_lock_that_is_not_what_the_project_asks_for_is_found(wanted, faults):
    assert list(guard.drift({"": [wanted]}, PINNED)) == faults


def test_locks_that_disagree_are_found():
    other = PINNED.replace("0.165.0", "0.165.1")
    assert list(guard.disagreement(PINNED, PINNED)) == []
    assert list(guard.disagreement(PINNED, other)) == ["fastapi differs between the locks"]


def test_the_run_is_executable_and_ends_with_the_tests():
    run = ROOT / ".ci" / "run"
    assert run.stat().st_mode & 0o111
    assert run.read_text().rstrip().endswith("make --no-print-directory test")

"""Writes the parts of the pages that come from the code; a test compares them."""

import json
from datetime import timedelta
from pathlib import Path

from app.delivery.backoff import WAITS
from app.domain.diagrams import mermaid
from app.domain.event_types import EVENT_TYPES
from app.domain.lifecycle import VERSION, workflow_of
from app.settings import Settings

README = Path(__file__).parents[1] / "README.md"
INTEGRATORS = Path(__file__).parent / "integrators.md"
PAGES = (README, INTEGRATORS)


def workflow() -> str:
    return f"```mermaid\n{mermaid(workflow_of(VERSION))}```"


def settings() -> str:
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        shown = "" if field.default in {"", None} else f"`{field.default}`"
        rows.append(f"| `AMTDP_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def event() -> str:
    example = EVENT_TYPES["designation_request.submitted"].example
    return f"```json\n{json.dumps(example, indent=1)}\n```"


def event_types() -> str:
    rows = ["| type | told to | what happened |", "| --- | --- | --- |"]
    rows += [
        f"| `{each.name}` | {' and '.join(sorted(each.audiences))} | {each.summary} |"
        for each in EVENT_TYPES.values()
    ]
    return "\n".join(rows)


def retries() -> str:
    waits = ["at once", *map(_words, WAITS)]
    spent = [sum(WAITS[:place], timedelta()) for place in range(len(waits))]
    rows = ["| attempt | comes | after the first |", "| --- | --- | --- |"]
    for number, (wait, total) in enumerate(zip(waits, spent, strict=True), start=1):
        rows.append(f"| {number} | {wait if number == 1 else f'{wait} later'} | {_words(total)} |")
    return "\n".join(rows)


def _words(wait: timedelta) -> str:
    """A span in the largest unit of which it is at least one."""
    for seconds, unit in ((3600, "h"), (60, "min")):
        if wait.total_seconds() >= seconds:
            return f"{wait.total_seconds() / seconds:.3g} {unit}"
    return f"{wait.total_seconds():g} s"


PARTS = {
    "workflow": workflow,
    "settings": settings,
    "event": event,
    "event-types": event_types,
    "retries": retries,
}


def generated(text: str) -> str:
    """The text with each marked part as the code now has it."""
    for name, part in PARTS.items():
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        if begin:
            _, end, after = rest.partition(f"<!-- /{name} -->")
            text = f"{before}{begin}{part()}\n{end}{after}"
    return text


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(generated(page.read_text(encoding="utf-8")), encoding="utf-8")

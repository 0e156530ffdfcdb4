"""Writes the parts of README.md that come from the code; a test compares them."""

from pathlib import Path

from app.domain.diagrams import mermaid
from app.domain.lifecycle import TRANSITIONS
from app.settings import Settings

README = Path(__file__).parents[1] / "README.md"


def workflow() -> str:
    return f"```mermaid\n{mermaid(TRANSITIONS.values())}```"


def settings() -> str:
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        shown = "" if field.default in {"", None} else f"`{field.default}`"
        rows.append(f"| `AMTDP_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def generated(text: str) -> str:
    """The text with each marked part as the code now has it."""
    for name, part in (("workflow", workflow()), ("settings", settings())):
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        text = f"{before}{begin}{part}\n{end}{after}"
    return text


if __name__ == "__main__":
    README.write_text(generated(README.read_text(encoding="utf-8")), encoding="utf-8")

"""A body to try for each operation that takes one, shown in the description and tried by the tests."""

from typing import Any, Final

from app.domain.examples import CONTENT, EVIDENCE_ITEM

SIGNATURE: Final = {
    "printed_name": "Ana Ruiz",
    "meaning": "authorship",
    "password": "correct horse battery staple",
}
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "register": {
        "a contract manufacturer": {
            "applicant": {
                "name": "Northfield Bioworks",
                "type": "cdmo",
                "country": "US",
                "identifiers": {"duns": "123456789"},
            },
            "person": {
                "name": "Ana Ruiz",
                "email": "ana@northfield.example",
                "password": "correct horse battery staple",
            },
        }
    },
    "confirmAddress": {"the code from the mail": {"code": "493817"}},
    "stepUp": {"one's own password": {"password": "correct horse battery staple"}},
    "openDraft": {
        "a first line": {"content": {"title": "Continuous direct compression"}},
        "a whole content": {"content": CONTENT},
    },
    "amendDraft": {
        "one member, another removed": {"content": {"title": "Loop-controlled compression", "sites": None}}
    },
    "putEvidenceItem": {"one item": EVIDENCE_ITEM},
    "checkReadiness": {"a whole content": {"content": CONTENT}, "nothing yet": {"content": {}}},
    "waiveRule": {
        "a program rule": {"rule": "SC-12", "reason": "Second donor runs end in March and will be sent."}
    },
    "makeTransition": {
        "submit": {
            "name": "submit",
            "acknowledged_gaps": [{"rule": "SC-12", "reason": "Second donor runs end in March."}],
            "signature": SIGNATURE,
        },
        "withdraw": {"name": "withdraw", "note": "Refiled as a platform.", "signature": SIGNATURE},
        "reject_technically": {
            "name": "reject_technically",
            "cause": "unreadable_file",
            "note": "Nothing in the filing can be opened.",
        },
        "reinstate": {"name": "reinstate", "note": "The file was readable after all."},
    },
}


def place(operation: dict[str, Any]) -> None:
    """Puts the operation's examples into its body, where the table has some."""
    examples = EXAMPLES.get(operation["operationId"])
    if examples is None:
        return
    for kind in operation["requestBody"]["content"].values():
        kind["examples"] = {name: {"value": value} for name, value in examples.items()}

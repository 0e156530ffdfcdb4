"""Bodies to try for the operations on designations."""

from typing import Any, Final

SIGNATURE: Final = {
    "printed_name": "Ana Ruiz",
    "meaning": "responsibility",
    "password": "correct horse battery staple",
}
APPROVAL: Final = {**SIGNATURE, "printed_name": "Lou Park", "meaning": "approval"}
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "makeDesignationTransition": {
        "a change of the method": {
            "name": "notify_change",
            "change": "A second feeder of the same model is added; limits and control strategy stay.",
            "effective_on": "2026-12-01",
            "alters_context_of_use": False,
            "method_version": "3",
        },
        "taken note of": {"name": "acknowledge_change"},
        "given up": {"name": "end_by_holder", "note": "The line was closed.", "signature": SIGNATURE},
        "notice": {
            "name": "propose_end",
            "reason": "The control strategy it was granted on is no longer used.",
            "signature": APPROVAL,
        },
        "taken back": {"name": "withdraw_notice", "note": "The control strategy is in use again."},
        "ended": {
            "name": "end_by_program",
            "reason": "The control strategy it was granted on is no longer used.",
            "signature": APPROVAL,
        },
        "graduated": {"name": "graduate", "signature": APPROVAL},
    },
    "signOffDesignation": {"an end": {"for": "ended_by_program", "note": "Notice and reason suffice."}},
    "putPublication": {
        "agreed": {"public": True, "statement": "Designated for closed autologous cell processing."},
        "withdrawn": {"public": False},
    },
    "giveAuthorization": {
        "a sponsor without an account": {
            "person": {"name": "Ellery Therapeutics", "email": "regulatory@ellery.example"},
            "application": {"kind": "IND"},
            "items_covered": [{"what": "Comparability report CR-11", "dated": "2026-01-15"}],
            "until": "2099-12-31",
        },
        "an applicant here": {
            "person": {"applicant_id": "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80"},
            "application": {"kind": "BLA", "number": "BLA125001"},
            "items_covered": [{"what": "Process validation report", "dated": "2026-01-15"}],
        },
    },
    "citeDesignation": {
        "a supplement": {
            "application": {"kind": "supplement", "number": "NDA021234"},
            "cited_on": "2026-06-01",
        }
    },
    "changeCitation": {"approved": {"approved_on": "2026-06-01"}},
    "offerTransfer": {
        "to a successor": {"to": "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80", "signature": SIGNATURE}
    },
    "acceptTransfer": {"signed": {"signature": SIGNATURE}},
}

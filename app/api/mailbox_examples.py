"""Bodies to try for the operations on mailboxes."""

from typing import Any, Final

EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "beginThread": {
        "a question": {
            "subject": "Which lots count",
            "text": "Do runs at the pilot line count where the feeder is another one?",
        },
        "about a request": {
            "subject": "A second reading of the residence times",
            "text": "We will send it with the answers.",
            "about": "AMT-2026-00017",
        },
    },
    "writeMessage": {"an answer": {"text": "They do, with the comparison of both feeders."}},
    "markMailbox": {
        "what a list showed": {
            "state": "opened",
            "threads": [{"id": "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80", "through": 3}],
        }
    },
    "markThread": {"all read": {"state": "opened", "through": 1}},
    "markMessage": {"taken note of": {"state": "acknowledged"}},
    "broadcast": {
        "to applicants": {
            "subject": "The desk moves",
            "text": "From the first of the month the program answers from its new office.",
            "audience": "applicants",
            "until": "2099-12-31T00:00:00Z",
        }
    },
}

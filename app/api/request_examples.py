"""A body to try for each operation that takes one, shown in the description and tried by the tests."""

from typing import Any, Final

from app.api import designation_examples, mailbox_examples
from app.domain.examples import CONTENT, ENGAGEMENT, EVIDENCE_ITEM

SIGNATURE: Final = {
    "printed_name": "Ana Ruiz",
    "meaning": "authorship",
    "password": "correct horse battery staple",
}
SOMEBODY: Final = "0193a1ec-1b2c-7d3e-8f40-51627384a5b7"
APPROVAL: Final = {**SIGNATURE, "printed_name": "Ida Berg", "meaning": "approval"}
FACTORS: Final = {
    "data_source": "model_drug",
    "comparator": "direct",
    "quality": "equivalent_shown",
    "improvement": ["time"],
    "scope_match": "matched",
    "novelty_basis": "new",
    "completeness": "complete",
    "prior_engagement": "none",
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
    "putNotificationPreferences": {
        "messages in a digest, no word of progress": {"mail": {"messages": "digest", "progress": "never"}}
    },
    "openApplicant": {
        "a developer": {"name": "Fenwick Analytics", "type": "analytical_vendor", "country": "GB"}
    },
    "changeApplicant": {
        "a number, and none any more": {"identifiers": {"duns": "123456789"}, "country": None}
    },
    "inviteMember": {"a colleague": {"email": "bo@northfield.example", "role": "preparer"}},
    "changeRole": {"a second signer": {"role": "signer"}},
    "giveMandate": {
        "an agent for a year": {
            "agent": "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80",
            "scope": ["draft", "submit"],
            "from": "2026-06-01",
            "until": "2099-12-31",
        }
    },
    "registerMethod": {
        "a method and its versions": {
            "name": "Loop-controlled continuous compression",
            "versions": [
                {"version": "1", "dated": "2024-03-01"},
                {
                    "version": "2",
                    "dated": "2025-09-15",
                    "change_impact": "New feeder; runs of 1 are comparable.",
                },
            ],
        }
    },
    "changeMethod": {"another name": {"name": "Loop-controlled compression"}},
    "makeMachineKey": {
        "status for a dashboard": {"label": "dashboard", "scopes": ["requests:read", "events:read"]}
    },
    "makeOwnKey": {"a key that only reads": {"label": "laptop", "scopes": ["requests:read"]}},
    "rotateMachineKey": {"a day of both": {"overlap_hours": 24}},
    "rotateOwnKey": {"at once": {"overlap_hours": 0}},
    "addStaff": {
        "a coordinator": {
            "name": "Pat Lee",
            "email": "pat@program.example",
            "roles": ["coordinator"],
            "center": "CDER",
        }
    },
    "changeStaff": {"another role": {"roles": ["reviewer"]}, "gone": {"active": False}},
    "makeWebhookEndpoint": {
        "everything": {"url": "https://hooks.partner.example/amtdp", "event_types": ["*"]},
        "two types about one request": {
            "url": "https://hooks.partner.example:8443/amtdp?team=regulatory",
            "event_types": ["designation_request.status_changed", "designation_request.withdrawn"],
            "description": "Regulatory dashboard",
            "subjects": ["AMT-2026-00017"],
            "headers": {"Authorization": "Bearer a-token-of-yours"},
            "max_per_second": 5,
        },
    },
    "changeWebhookEndpoint": {
        "other types": {"event_types": ["designation_request.status_changed"]},
        "one header more, one less": {"headers": {"X-Team": "regulatory", "Authorization": None}},
        "enabled again": {"status": "active"},
    },
    "rotateWebhookSecret": {"a day of both": {"overlap_hours": 24}, "at once": {"overlap_hours": 0}},
    "sendTestDelivery": {
        "a test": {},
        "an example": {"event_type": "designation_request.status_changed"},
    },
    "recoverDeliveries": {"since an outage": {"since": "2026-06-01T12:00:00Z"}},
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
    "assign": {
        "a lead reviewer": {"person_id": SOMEBODY, "part": "lead", "lead_center": "CBER"},
        "one of the team": {"person_id": SOMEBODY, "part": "team"},
        "a lead center, before the assessment": {"lead_center": "CDER"},
    },
    "declareConflict": {
        "with a reason": {"reason": "I worked for the requester until last year."},
        "without one": {},
    },
    "askConsultant": {
        "the other center": {
            "kind": "other_center",
            "consultant_id": SOMEBODY,
            "question": "Is the comparison with the conventional process one that you would rely on?",
            "parts": ["/content/criteria/quality", "/content/scalability/evidence/0"],
            "due_on": "2099-12-31",
        }
    },
    "giveOpinion": {"an opinion": {"text": "The comparison holds; its margin is the usual one."}},
    "writeNote": {"a note": {"text": "Called the other center; they see it as we do."}},
    "assess": {
        "two criteria": {
            "ratings": [
                {
                    "criterion": "novelty",
                    "rating": "met",
                    "rationale": "No approved product is made this way.",
                    "evidence": ["ev-1"],
                },
                {
                    "criterion": "scalability",
                    "rating": "unclear",
                    "rationale": "Three runs at a tenth of the scale.",
                },
            ],
            "recommendation": "designate",
        }
    },
    "requestEngagement": {
        "the least": {
            "content": {
                "format": "ETP",
                "title": "Continuous direct compression",
                "technology": {"summary": "Powders run without a stop from feeder to press."},
                "questions": ["Would a residence time model support the diversion of material?"],
            }
        },
        "with all there is to say": {"content": ENGAGEMENT},
    },
    "amendEngagement": {
        "another title, no dates": {
            "content": {"title": "Closed expansion of cells", "preferred_dates": None}
        }
    },
    "moveEngagement": {
        "accept": {"name": "accept", "note": "Fits the program; the desk of cell therapies is asked."},
        "decline": {
            "name": "decline",
            "reason": "not_novel",
            "note": "Rocking bags with this control are licensed in two products.",
        },
        "schedule": {
            "name": "schedule",
            "held_on": "2099-12-15",
            "mode": "meeting",
            "starts_at": "2099-12-15T15:00:00Z",
            "attendees": ["Pat Lee"],
        },
        "reschedule": {"name": "reschedule", "held_on": "2099-12-17", "mode": "site_visit"},
        "hold": {"name": "hold", "held_on": "2026-12-15", "summary": "Both questions were talked through."},
        "close": {
            "name": "close",
            "outcome": "feedback_given",
            "summary": "The written answers of 20 December stand.",
        },
        "withdraw": {"name": "withdraw", "note": "The technology is given up."},
    },
    "assignEngagement": {"a reviewer": {"person_id": "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80"}},
    "sendEngagementUpdate": {"a word": {"text": "The meeting waits for the answer of the second center."}},
    "linkEngagement": {"a request": {"designation_request": "AMT-2026-00017"}},
    "addGraduationEntry": {
        "on its way": {
            "statement": "Two approvals use it; assessors of one office are trained.",
            "criteria": {"approvals_with_it": 2, "assessors_trained": False, "experience": "growing"},
            "ready": False,
        }
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
        "accept": {
            "name": "accept",
            "lead_center": "CBER",
            "lead_reviewer_id": "0198c6b2-7f6e-7c1a-9d53-2f1f5e6a7b80",
        },
        "request_information": {
            "name": "request_information",
            "reply_by": "2099-12-20",
            "questions": [
                {"text": "Which lots were run at pilot scale?", "opens": ["/content/scalability"]},
                {"text": "Who made them?"},
            ],
        },
        "respond": {
            "name": "respond",
            "answers": [
                {"question": 1, "text": "Lots 14 to 16; they are now in the evidence."},
                {"question": 2, "text": "Our own pilot line."},
            ],
            "content": {"scalability": {"no_gmp_because": "These are engineering runs."}},
            "signature": SIGNATURE,
        },
        "recommend": {
            "name": "recommend",
            "outcome": "designate",
            "context_of_use": "Continuous direct compression of immediate-release tablets.",
        },
        "return_to_assessment": {
            "name": "return_to_assessment",
            "note": "Say which comparator the quality rating rests on.",
        },
        "designate": {"name": "designate", "factors": FACTORS, "signature": APPROVAL},
        "deny": {
            "name": "deny",
            "reasons": ["quality_not_shown"],
            "rationale": "The comparison does not bear the claim of equivalence.",
            "factors": {**FACTORS, "quality": "not_shown"},
            "signature": APPROVAL,
        },
        "set_aside": {
            "name": "set_aside",
            "note": "The comparison was read against the wrong margin.",
            "program_target_on": "2099-12-31",
        },
    },
    "makeBulkTransitions": {
        "two recommendations given back": {
            "items": [
                {
                    "reference": number,
                    "transition": {"name": "return_to_assessment", "note": "Say which comparator."},
                }
                for number in ("AMT-2026-00017", "AMT-2026-00018")
            ]
        }
    },
    "decideOnIncomingMail": {"let it through": {"decision": "release"}},
    **designation_examples.EXAMPLES,
    **mailbox_examples.EXAMPLES,
}


def place(operation: dict[str, Any]) -> None:
    """Puts the operation's examples into its body, where the table has some."""
    examples = EXAMPLES.get(operation["operationId"])
    if examples is None:
        return
    for kind in operation["requestBody"]["content"].values():
        kind["examples"] = {name: {"value": value} for name, value in examples.items()}

"""Rows in bulk, by SQL alone: copies of one request, and a desk as it may look after years."""

import uuid
from typing import Any

import psycopg

from app.store.requests import requests

# how a desk looks: mostly ended, a few per cent in each step that is under way
_STATES = {
    "designated": ("designated", 38),
    "not_designated": ("not_designated", 22),
    "withdrawn": ("withdrawn", 12),
    "technically_rejected": ("rejected", 6),
    "under_assessment": ("under_assessment", 12),
    "submitted": ("received", 5),
    "information_requested": ("question_open", 3),
    "recommended": ("under_assessment", 2),
}
_CHANGED = {
    "id": "gen_random_uuid()",
    # padded to one width, and far from any number that the service would give meanwhile
    "number": "'AMT-1999-' || lpad((%(first)s + n)::text, 8, '0')",
}


# each request is worked on by its lead and, every third, by a team of one; what was decided stays with its owner
_ASSIGNED = """
    INSERT INTO assignments (id, request_id, person_id, part, due_on, assigned_by, assigned_at)
    SELECT gen_random_uuid(), r.id, p.id, p.part, r.statutory_due_on, r.lead_reviewer_id, r.received_at
    FROM designation_requests r CROSS JOIN LATERAL (
        SELECT r.lead_reviewer_id AS id, 'lead' AS part
        UNION ALL
        SELECT mate.id, 'team' FROM desk_reviewers lead
            JOIN desk_reviewers mate ON mate.n = (lead.n + 1) %% (SELECT count(*) FROM desk_reviewers)
            WHERE lead.id = r.lead_reviewer_id AND right(r.number, 1) IN ('0', '3', '6')
    ) p
    WHERE r.number > 'AMT-1999-' || lpad((%(first)s)::text, 8, '0')
        AND r.number <= 'AMT-1999-' || lpad((%(first)s + %(count)s)::text, 8, '0') AND r.lead_reviewer_id IS NOT NULL
"""


def copies(url: str, template: str, count: int, first: int = 0) -> list[str]:
    """Copies of a request, each with an id and a number of its own; their numbers."""
    columns = ", ".join(column.name for column in requests.c)
    values = ", ".join(_CHANGED.get(column.name, f"t.{column.name}") for column in requests.c)
    statement = (
        f"INSERT INTO designation_requests ({columns}) SELECT {values}"
        " FROM designation_requests t, generate_series(1, %(count)s) n WHERE t.number = %(template)s"
        " RETURNING number"
    )
    with psycopg.connect(url, autocommit=True) as db:
        made = db.execute(statement, {"first": first, "count": count, "template": template})
        numbers = [row[0] for row in made.fetchall()]
        db.execute("ANALYZE designation_requests")
    return numbers


def desk(url: str, template: str, count: int, first: int, applicants: int, reviewers: int) -> None:
    """`count` requests over six years, spread over applicants, reviewers, centers, scopes and states.

    Spreads are by prime strides, so that they are the same in every run and no two go hand in hand.
    """
    changed = {
        **_CHANGED,
        "applicant_id": "coalesce((SELECT id FROM desk_applicants a WHERE a.n = (d.n::bigint * 7919) %% %(applicants)s), t.applicant_id)",
        "applicant_type": "(ARRAY['cdmo','manufacturer','technology_developer','agent'])[1 + d.n %% 4]",
        "state": "d.state",
        "status": "d.status",
        "on_desk": "true",
        "title": "(ARRAY['Continuous','Closed','Robotic','Printed'])[1 + d.n %% 4] || ' ' ||"
        " (ARRAY['blending','filling','capture','expansion','freeze-drying'])[1 + d.n %% 5] || ' line ' || d.n",
        "scope": "(ARRAY['product_specific','product_class','platform'])[1 + d.n %% 3]",
        "lead_center": "CASE WHEN d.state = 'submitted' THEN NULL ELSE (ARRAY['CDER','CBER','CDER'])[1 + d.n %% 3] END",
        "lead_reviewer_id": "CASE WHEN d.state = 'submitted' THEN NULL ELSE"
        " (SELECT id FROM desk_reviewers r WHERE r.n = (d.n::bigint * 104729) %% %(reviewers)s) END",
        "created_at": "d.at - interval '20 days'",
        "updated_at": "d.at + interval '90 days' * ((d.n * 31 %% 97) / 97.0)",
        "applicant_updated_at": "d.at + interval '80 days' * ((d.n * 31 %% 97) / 97.0)",
        "received_at": "d.at",
        "received_on": "d.at::date",
        "statutory_due_on": "d.at::date + 180",
        "internal_target_on": "d.at::date + 120",
        "ended_on": "CASE WHEN d.state IN ('designated','not_designated','withdrawn','technically_rejected')"
        " THEN d.at::date + 150 END",
        "expires_at": "NULL",
    }  # fmt: skip
    changed["number"] = changed["number"].replace("+ n", "+ d.n")
    columns = ", ".join(column.name for column in requests.c)
    values = ", ".join(changed.get(column.name, f"t.{column.name}") for column in requests.c)
    statement = (
        f"INSERT INTO designation_requests ({columns}) SELECT {values} FROM designation_requests t, ("
        " SELECT n, now() - interval '6 years' * (n::float / %(count)s) AS at, s.state, s.status"
        " FROM generate_series(1, %(count)s) n"
        " JOIN desk_states s ON (n * 15485863::bigint) %% 100 >= s.low AND (n * 15485863::bigint) %% 100 < s.high"
        ") d WHERE t.number = %(template)s"
    )
    given = {"first": first, "count": count, "template": template}
    with psycopg.connect(url, autocommit=True) as db:
        _cast(db)
        db.execute(statement, {**given, "applicants": applicants, "reviewers": reviewers})
        db.execute(_ASSIGNED, given)
        db.execute("VACUUM ANALYZE designation_requests, assignments")


def people(url: str, applicants: list[uuid.UUID], reviewers: list[uuid.UUID]) -> None:
    """Names who the desk's requests are spread over."""
    with psycopg.connect(url, autocommit=True) as db:
        for table, ids in (("desk_applicants", applicants), ("desk_reviewers", reviewers)):
            db.execute(f"CREATE TABLE {table} (n int PRIMARY KEY, id uuid NOT NULL)")
            with db.cursor() as cursor:
                cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s)", list(enumerate(ids)))


def _cast(db: "psycopg.Connection[Any]") -> None:
    db.execute("CREATE TABLE IF NOT EXISTS desk_states (state text, status text, low int, high int)")
    db.execute("TRUNCATE desk_states")
    low = 0
    for state, (status, share) in _STATES.items():
        db.execute("INSERT INTO desk_states VALUES (%s, %s, %s, %s)", (state, status, low, low + share))
        low += share

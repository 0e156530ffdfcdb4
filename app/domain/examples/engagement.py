"""A full example of a request for an engagement, as plain JSON; the requester and its technology are invented."""

from typing import Any, Final

ENGAGEMENT: Final[dict[str, Any]] = {
    "format": "CATT",
    "title": "Closed, automated expansion of donor cells",
    "technology": {
        "summary": "Cells grow in a closed bed that measures them and feeds itself; nobody opens it until harvest.",
        "novelty": "No product that is licensed grows its cells without open steps.",
        "comparison": "Bags on rockers are opened nine times in a run, and fed by the clock.",
    },
    "product_classes": ["Autologous T-cell products"],
    "products": [{"name": "NB-101", "unii": {"none_because": "Not assigned yet"}}],
    "quality_impact": {
        "safety": "Fewer open steps, fewer chances of contamination.",
        "identity": "Each bed reads its own label before it is filled.",
        "strength": "Harvest by viable cells, not by days.",
        "quality": "Phenotype varies less between donors.",
        "purity": "Debris is washed out in the bed.",
        "availability": "Runs in hospitals that have no clean room.",
    },
    "development": {
        "status": "Eighteen engineering runs with cells of six donors.",
        "challenges": "Comparability with products made in bags.",
    },
    "planned_submissions": [{"kind": "IND", "expected_on": "2027-03-01", "product": "NB-101"}],
    "questions": [
        "Would sterility by rapid test at harvest support release of such a product?",
        "Which comparability data would be asked for where bags are replaced?",
    ],
    "attendees": [{"name": "Ana Ruiz", "role": "Regulatory lead"}],
    "preferred_dates": ["2026-12-15", "2026-12-17"],
    "contact": {
        "name": "Ana Ruiz",
        "role": "regulatory",
        "email": "ana@northfield.example",
        "phone": "+1 301 555 0100",
    },
}

"""Every verb of the workflow of a designation request, by the name of its transition."""

from collections.abc import Mapping

from app.services import answers, decisions, filing, questions, review
from app.services.transitions import Verb

VERBS: Mapping[str, Verb] = {
    **filing.VERBS,
    **review.VERBS,
    **questions.VERBS,
    **answers.VERBS,
    **decisions.VERBS,
}

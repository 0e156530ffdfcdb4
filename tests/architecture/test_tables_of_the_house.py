"""The tables of the domain, tested as tables: workflow, policy, problems."""

import pytest

from app.domain.lifecycle import FINAL, STATUS_OF, TRANSITIONS, State
from app.domain.policy import (
    APPLICANT_ROLES,
    GRANTS,
    MANDATE_GRANTS,
    PROGRAM_PERMISSIONS,
    SCOPE_OF,
    STAFF_ROLES,
    MandateScope,
    Permission,
    Role,
    Scope,
)

# The two ways out of a final state; the contract names them.
WAYS_BACK = {"reinstate", "set_aside"}


def test_every_state_has_a_status_for_applicants():
    assert set(STATUS_OF) == set(State)


def test_every_state_that_a_transition_names_can_be_reached():
    reached, grew = {State.DRAFT}, True
    while grew:
        found = {each.target for each in TRANSITIONS.values() if each.sources & reached}
        grew = not found <= reached
        reached |= found
    assert {each.target for each in TRANSITIONS.values()} <= reached


def test_nothing_leaves_a_final_state_but_the_ways_back():
    assert {each.name for each in TRANSITIONS.values() if each.sources & FINAL} <= WAYS_BACK


def test_nothing_returns_to_a_draft():
    assert all(each.target is not State.DRAFT for each in TRANSITIONS.values())


@pytest.mark.parametrize("transition", TRANSITIONS.values(), ids=lambda each: each.name)
def test_every_transition_says_what_it_does_and_someone_may_do_it(transition):
    assert transition.summary.endswith(".")
    assert any(transition.permission in granted for granted in GRANTS.values())
    assert not set(transition.requires) & set(transition.accepts)


def test_every_role_has_its_grants_and_every_permission_a_role_and_a_scope():
    assert set(GRANTS) == set(Role)
    assert set(SCOPE_OF) == set(Permission)
    assert frozenset().union(*GRANTS.values()) == frozenset(Permission)
    assert set(SCOPE_OF.values()) == set(Scope)


def test_a_mandate_grants_no_more_than_a_signer_has():
    assert set(MANDATE_GRANTS) == set(MandateScope)
    for granted in MANDATE_GRANTS.values():
        assert granted <= GRANTS[Role.SIGNER]
    assert frozenset().union(*MANDATE_GRANTS.values()).isdisjoint({Permission.MANAGE_APPLICANT})


def test_no_permission_of_the_program_is_ever_an_applicants():
    for role in (*APPLICANT_ROLES, Role.INTEGRATOR):
        assert GRANTS[role].isdisjoint(PROGRAM_PERMISSIONS)


def test_a_machine_never_signs_and_an_auditor_changes_nothing():
    signing = {each for each in Permission if SCOPE_OF[each] is Scope.REQUESTS_SIGN}
    assert GRANTS[Role.INTEGRATOR].isdisjoint(signing | {Permission.EDIT_DRAFTS})
    # a mailbox alone is there to be read: to mark and to write takes the right to correspond
    reading = {Permission.READ_REQUESTS, Permission.READ_EVENTS, Permission.USE_MAILBOX, Permission.AUDIT}
    assert GRANTS[Role.AUDITOR] <= reading


def test_an_admin_has_no_part_in_decisions():
    assert GRANTS[Role.ADMIN] == {Permission.ADMINISTER}


def test_roles_are_of_one_side_but_for_the_machine_and_time_itself():
    assert APPLICANT_ROLES | STAFF_ROLES | {Role.INTEGRATOR, Role.SYSTEM} == set(Role)
    assert APPLICANT_ROLES.isdisjoint(STAFF_ROLES)

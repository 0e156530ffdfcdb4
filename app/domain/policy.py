"""Who may do what: one table of roles and permissions, read by the code that enforces and the page that publishes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.domain.vocabulary import ApplicantType


class Audience(StrEnum):
    APPLICANT = "applicant"
    PROGRAM = "program"


class Role(StrEnum):
    PREPARER = "preparer"
    SIGNER = "signer"
    INTEGRATOR = "integrator"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    CONSULTANT = "consultant"
    SIGNATORY = "signatory"
    COUNSEL = "counsel"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SYSTEM = "system"  # nobody's: what time alone brings


APPLICANT_ROLES = frozenset({Role.PREPARER, Role.SIGNER})
STAFF_ROLES = frozenset(Role) - APPLICANT_ROLES - {Role.INTEGRATOR, Role.SYSTEM}


class Scope(StrEnum):
    REQUESTS_READ = "requests:read"
    REQUESTS_WRITE = "requests:write"
    REQUESTS_SIGN = "requests:sign"
    EVENTS_READ = "events:read"
    WEBHOOKS_WRITE = "webhooks:write"
    MAILBOX = "mailbox"


class Permission(StrEnum):
    """What a role may do; the second word of each says to what."""

    READ_REQUESTS = "read requests"
    EDIT_DRAFTS = "edit drafts"
    SUBMIT_REQUESTS = "submit requests"
    WITHDRAW_REQUESTS = "withdraw requests"
    RESPOND = "respond to questions"
    MANAGE_APPLICANT = "manage applicant"
    READ_EVENTS = "read events"
    MANAGE_ENDPOINTS = "manage endpoints"
    USE_MAILBOX = "use mailbox"
    CORRESPOND = "correspond"  # as one of the program's people: hear, mark and write
    SCREEN_REQUESTS = "screen requests"
    ASSIGN = "assign requests"
    WAIVE_RULES = "waive rules"
    ASSESS = "assess requests"
    CONSULT = "give opinions"
    DECIDE = "decide requests"
    SET_ASIDE = "set aside decisions"
    END_DESIGNATIONS = "end designations"
    HOLD_DESIGNATIONS = "hold designations"
    KEEP_DESIGNATIONS = "keep designations"
    WRITE_NOTES = "write notes"
    LET_LAPSE = "let questions lapse"
    AUDIT = "audit records"
    ADMINISTER = "administer program"


GRANTS: dict[Role, frozenset[Permission]] = {
    Role.PREPARER: frozenset(
        {
            Permission.READ_REQUESTS,
            Permission.EDIT_DRAFTS,
            Permission.READ_EVENTS,
            Permission.USE_MAILBOX,
        }
    ),
    Role.SIGNER: frozenset(
        {
            Permission.READ_REQUESTS,
            Permission.EDIT_DRAFTS,
            Permission.SUBMIT_REQUESTS,
            Permission.WITHDRAW_REQUESTS,
            Permission.RESPOND,
            Permission.MANAGE_APPLICANT,
            Permission.HOLD_DESIGNATIONS,
            Permission.READ_EVENTS,
            Permission.MANAGE_ENDPOINTS,
            Permission.USE_MAILBOX,
        }
    ),
    Role.INTEGRATOR: frozenset(
        {
            Permission.READ_REQUESTS,
            Permission.READ_EVENTS,
            Permission.MANAGE_ENDPOINTS,
            Permission.USE_MAILBOX,
        }
    ),
    Role.COORDINATOR: frozenset(
        {
            Permission.READ_REQUESTS,
            Permission.SCREEN_REQUESTS,
            Permission.ASSIGN,
            Permission.WAIVE_RULES,
            Permission.KEEP_DESIGNATIONS,
            Permission.WRITE_NOTES,
            Permission.READ_EVENTS,
            Permission.USE_MAILBOX,
            Permission.CORRESPOND,
        }
    ),
    Role.REVIEWER: frozenset(
        {
            Permission.READ_REQUESTS,
            Permission.ASSESS,
            Permission.KEEP_DESIGNATIONS,
            Permission.WRITE_NOTES,
            Permission.READ_EVENTS,
            Permission.USE_MAILBOX,
            Permission.CORRESPOND,
        }
    ),
    Role.CONSULTANT: frozenset({Permission.CONSULT, Permission.USE_MAILBOX, Permission.CORRESPOND}),
    Role.SIGNATORY: frozenset(
        {
            Permission.READ_REQUESTS,
            Permission.DECIDE,
            Permission.SET_ASIDE,
            Permission.WRITE_NOTES,
            Permission.READ_EVENTS,
            Permission.USE_MAILBOX,
            Permission.CORRESPOND,
        }
    ),
    Role.COUNSEL: frozenset(
        {
            Permission.READ_REQUESTS,
            Permission.END_DESIGNATIONS,
            Permission.WRITE_NOTES,
            Permission.USE_MAILBOX,
            Permission.CORRESPOND,
        }
    ),
    Role.AUDITOR: frozenset(
        {Permission.READ_REQUESTS, Permission.READ_EVENTS, Permission.USE_MAILBOX, Permission.AUDIT}
    ),
    Role.ADMIN: frozenset({Permission.ADMINISTER}),
    Role.SYSTEM: frozenset({Permission.READ_REQUESTS, Permission.LET_LAPSE, Permission.SCREEN_REQUESTS}),
}


def _granted(roles: Iterable[Role]) -> frozenset[Permission]:
    return frozenset(each for role in roles for each in GRANTS[role])


# What only the program's side can ever be granted.
PROGRAM_PERMISSIONS = _granted({*STAFF_ROLES, Role.SYSTEM}) - _granted(APPLICANT_ROLES)

# A key can do no more than its owner, and of that only what its scopes name.
SCOPE_OF: dict[Permission, Scope] = {
    Permission.READ_REQUESTS: Scope.REQUESTS_READ,
    Permission.EDIT_DRAFTS: Scope.REQUESTS_WRITE,
    Permission.SUBMIT_REQUESTS: Scope.REQUESTS_SIGN,
    Permission.WITHDRAW_REQUESTS: Scope.REQUESTS_SIGN,
    Permission.RESPOND: Scope.REQUESTS_SIGN,
    Permission.MANAGE_APPLICANT: Scope.REQUESTS_WRITE,
    Permission.READ_EVENTS: Scope.EVENTS_READ,
    Permission.MANAGE_ENDPOINTS: Scope.WEBHOOKS_WRITE,
    Permission.USE_MAILBOX: Scope.MAILBOX,
    Permission.CORRESPOND: Scope.MAILBOX,
    Permission.SCREEN_REQUESTS: Scope.REQUESTS_WRITE,
    Permission.ASSIGN: Scope.REQUESTS_WRITE,
    Permission.WAIVE_RULES: Scope.REQUESTS_WRITE,
    Permission.ASSESS: Scope.REQUESTS_WRITE,
    Permission.CONSULT: Scope.REQUESTS_WRITE,
    Permission.DECIDE: Scope.REQUESTS_SIGN,
    Permission.SET_ASIDE: Scope.REQUESTS_SIGN,
    Permission.END_DESIGNATIONS: Scope.REQUESTS_SIGN,
    Permission.HOLD_DESIGNATIONS: Scope.REQUESTS_SIGN,
    Permission.KEEP_DESIGNATIONS: Scope.REQUESTS_WRITE,
    Permission.WRITE_NOTES: Scope.REQUESTS_WRITE,
    Permission.LET_LAPSE: Scope.REQUESTS_WRITE,
    Permission.AUDIT: Scope.REQUESTS_READ,
    Permission.ADMINISTER: Scope.REQUESTS_WRITE,
}


class MandateScope(StrEnum):
    """What an agent may do for its principal."""

    READ = "read"
    DRAFT = "draft"
    SUBMIT = "submit"
    RESPOND = "respond"
    WITHDRAW = "withdraw"


MANDATE_GRANTS: dict[MandateScope, frozenset[Permission]] = {
    MandateScope.READ: frozenset({Permission.READ_REQUESTS, Permission.READ_EVENTS, Permission.USE_MAILBOX}),
    MandateScope.DRAFT: frozenset({Permission.READ_REQUESTS, Permission.EDIT_DRAFTS}),
    MandateScope.SUBMIT: frozenset({Permission.READ_REQUESTS, Permission.SUBMIT_REQUESTS}),
    MandateScope.RESPOND: frozenset({Permission.READ_REQUESTS, Permission.RESPOND, Permission.USE_MAILBOX}),
    MandateScope.WITHDRAW: frozenset({Permission.READ_REQUESTS, Permission.WITHDRAW_REQUESTS}),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a caller may do for one applicant, which it knows by name and type."""

    id: UUID
    name: str
    type: ApplicantType
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is calling: a person, or a machine of one applicant or of the program.

    `roles` are the caller's roles in the program (empty for applicants). `standings` says, for each applicant the
    caller acts for, as member or under a mandate, what it may do there before the scopes of its key are applied.
    """

    key_id: UUID | None
    person_id: UUID | None
    name: str
    audience: Audience
    email: str | None = None
    email_confirmed: bool = False
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset(Scope)
    standings: Mapping[UUID, Standing] = field(default_factory=dict)
    authenticated_at: datetime | None = None  # when it last logged in, where an access token says so
    signing_failures: int = 0  # since it last signed
    signing_locked_until: datetime | None = None

    @property
    def is_staff(self) -> bool:
        return self.audience is Audience.PROGRAM

    @property
    def is_system(self) -> bool:
        return Role.SYSTEM in self.roles

    def may(self, permission: Permission, applicant_id: UUID | None = None) -> bool:
        """Whether the caller may, in the program or (with `applicant_id`) for that applicant."""
        if SCOPE_OF[permission] not in self.scopes:
            return False
        if self.is_staff:
            return any(permission in GRANTS[role] for role in self.roles)
        standing = None if applicant_id is None else self.standings.get(applicant_id)
        return standing is not None and permission in standing.permissions

    def applicants(self, permission: Permission) -> list[UUID]:
        """The applicants for which the caller may."""
        return [each for each in self.standings if self.may(permission, each)]


# Who acts where time alone does; no credential ever becomes it.
SYSTEM = Actor(None, None, "system", Audience.PROGRAM, roles=frozenset({Role.SYSTEM}))


def published() -> dict[str, object]:
    """The tables as they are enforced, for anyone to read."""
    return {
        "roles": {role.value: sorted(GRANTS[role]) for role in Role},
        "mandates": {scope.value: sorted(MANDATE_GRANTS[scope]) for scope in MandateScope},
        "scopes": {permission.value: SCOPE_OF[permission].value for permission in Permission},
    }

"""Who calls, what they file, what became of it, and the answers that were given."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

DRAFT_DAYS = 180


def expiry() -> datetime:
    return timezone.now() + timedelta(days=DRAFT_DAYS)


class Applicant(models.Model):
    name = models.CharField(max_length=300)
    type = models.CharField(max_length=30)

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    name = models.CharField(max_length=300)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)

    is_authenticated = True  # what IsAuthenticated asks of a request's user

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    applicant = models.ForeignKey(Applicant, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("applicant", "person"), name="one_membership"),)

    def __str__(self) -> str:
        return f"{self.person_id} of {self.applicant_id}"


class ApiKey(models.Model):
    """A key acts in one membership; of its text only a keyed hash is kept."""

    digest = models.CharField(max_length=64, unique=True)
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="api_keys")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.digest[:8]


class DesignationRequest(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        TECHNICALLY_REJECTED = "technically_rejected"
        WITHDRAWN = "withdrawn"

    applicant = models.ForeignKey(Applicant, models.PROTECT, related_name="requests")
    state = models.CharField(max_length=30, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=300)
    content = models.JSONField()
    created_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    expires_at = models.DateTimeField(null=True, default=expiry)
    received_at = models.DateTimeField(null=True)
    received_on = models.DateField(null=True)
    statutory_due_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)

    class Meta:
        indexes = (models.Index(fields=("applicant", "-updated_at"), name="own_by_change"),)

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"AMT-{self.created_at.year}-{self.pk:05d}"


class HistoryEntry(models.Model):
    """One change of a request: who did what, and the version it made."""

    request = models.ForeignKey(DesignationRequest, models.PROTECT, related_name="history")
    version = models.PositiveIntegerField()
    action = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    actor = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("request", "version"), name="one_entry_a_version"),)

    def __str__(self) -> str:
        return f"{self.action} {self.request_id}"


class IdempotentAnswer(models.Model):
    """The answer to a POST that carried an Idempotency-Key."""

    digest = models.CharField(max_length=64, primary_key=True)  # of caller, path and key
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.digest[:8]

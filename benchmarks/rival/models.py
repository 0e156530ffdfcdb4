"""The rival's tables: who calls, requests, their history, stored answers."""

import uuid

from django.db import models


class Person(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=300)
    applicant_id = models.UUIDField()
    is_authenticated = True


class ApiKey(models.Model):
    digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    revoked_at = models.DateTimeField(null=True)


class Request(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    applicant_id = models.UUIDField()
    status = models.CharField(max_length=20)
    version = models.IntegerField(default=1)
    title = models.CharField(max_length=300, null=True)
    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["applicant_id", "-updated_at", "-id"])]


class Number(models.Model):
    """Gives each request its number."""


class History(models.Model):
    request = models.ForeignKey(Request, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)
    person_id = models.UUIDField()
    action = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)


class StoredAnswer(models.Model):
    key = models.CharField(max_length=300, primary_key=True)
    fingerprint = models.CharField(max_length=64)
    status = models.IntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

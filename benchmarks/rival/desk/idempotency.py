"""A POST that carries an Idempotency-Key: its answer is kept in the transaction it answers for, and repeated."""

from functools import wraps
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer

from .models import IdempotentAnswer


class StillRunning(APIException):
    status_code = 409
    default_detail = "A call with this Idempotency-Key is still running."


def idempotent(action):
    """Runs the action in one transaction, once for each key."""

    @wraps(action)
    def answered(view, request, *args, **kwargs):
        sent = request.headers.get("Idempotency-Key")
        if sent is None:
            with transaction.atomic():
                return action(view, request, *args, **kwargs)
        digest = sha256(f"{request.auth.pk}\n{request.path}\n{sent}".encode()).hexdigest()
        fingerprint = sha256(request.body).hexdigest()
        try:
            with transaction.atomic():
                kept = IdempotentAnswer.objects.filter(pk=digest).first()
                if kept is not None:
                    return _replayed(kept, fingerprint)
                response = action(view, request, *args, **kwargs)
                IdempotentAnswer.objects.create(
                    digest=digest,
                    fingerprint=fingerprint,
                    status=response.status_code,
                    body=JSONRenderer().render(response.data).decode(),
                )
                return response
        except IntegrityError:
            raise StillRunning from None

    return answered


def _replayed(kept, fingerprint):
    if kept.fingerprint != fingerprint:
        raise ValidationError("This Idempotency-Key was used with another body.")
    return HttpResponse(
        kept.body,
        status=kept.status,
        content_type="application/json",
        headers={"Idempotency-Replayed": "true"},
    )

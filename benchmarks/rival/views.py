"""The rival's calls: create, get, list and a transition, with a history row and a stored answer for each change."""

import hashlib

from django.db import transaction
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet
from rival.models import History, Number, Request, StoredAnswer
from rival.serializers import DraftIn, Summary, TransitionIn, Whole

AFTER = {("received", "close"): "closed", ("closed", "reopen"): "received"}


class Pages(CursorPagination):
    ordering = ("-updated_at", "-id")
    page_size = 50


class Requests(GenericViewSet):
    queryset = Request.objects.all()
    pagination_class = Pages

    def visible(self):
        return Request.objects.filter(applicant_id=self.request.user.applicant_id)

    def retrieve(self, request, pk):
        return Response(Whole(get_object_or_404(self.visible(), pk=pk)).data)

    def list(self, request):
        page = self.paginate_queryset(self.visible().defer("content"))
        return self.get_paginated_response(Summary(page, many=True).data)

    def create(self, request):
        return self.once(request, status.HTTP_201_CREATED, self._create)

    def transition(self, request, pk):
        return self.once(request, status.HTTP_200_OK, lambda: self._transition(pk))

    def _create(self):
        sent = DraftIn(data=self.request.data)
        sent.is_valid(raise_exception=True)
        content = sent.validated_data["content"]
        made = Request.objects.create(
            number=f"R-{Number.objects.create().pk:06d}",
            applicant_id=self.request.user.applicant_id,
            status="draft",
            title=content.get("title"),
            content=content,
        )
        self.remember(made, "draft_opened")
        return Whole(made).data

    def _transition(self, pk):
        sent = TransitionIn(data=self.request.data)
        sent.is_valid(raise_exception=True)
        found = get_object_or_404(self.visible().select_for_update(), pk=pk)
        name = sent.validated_data["name"]
        after = AFTER.get((found.status, name))
        if after is None:
            raise ValidationError({"name": "not from this status"})
        found.status, found.version = after, found.version + 1
        found.save(update_fields=["status", "version", "updated_at"])
        self.remember(found, name)
        return Whole(found).data

    def remember(self, of, action):
        History.objects.create(request=of, person_id=self.request.user.pk, action=action)

    def once(self, request, code, act):
        """Answers from the store where the key was used before; else acts, and stores the answer with the act."""
        key = request.headers.get("Idempotency-Key")
        with transaction.atomic():
            if key is None:
                return Response(act(), code)
            whose = f"{request.user.pk} {request.path} {key}"
            fingerprint = hashlib.sha256(request._request.body).hexdigest()
            stored = StoredAnswer.objects.filter(pk=whose).first()
            if stored is not None:
                return Response(stored.body, stored.status)
            data = act()
            body = JSONRenderer().render(data).decode()
            StoredAnswer.objects.create(key=whose, fingerprint=fingerprint, status=code, body=body)
            return Response(data, code)

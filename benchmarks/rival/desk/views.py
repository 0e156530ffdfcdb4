"""The calls on requests: open, get, list, extend, move."""

from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.generics import get_object_or_404
from rest_framework.response import Response

from .idempotency import idempotent
from .models import DesignationRequest, HistoryEntry, expiry
from .pagination import NewestChangeFirst
from .serializers import DesignationRequestSerializer, SummarySerializer, TransitionSerializer
from .workflow import TRANSITIONS, State, advance


class Conflict(APIException):
    status_code = 409
    default_detail = "Not from this state or version."


class DesignationRequestViewSet(
    mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.ListModelMixin, viewsets.GenericViewSet
):
    pagination_class = NewestChangeFirst

    def get_queryset(self):
        """What the caller can see: its applicant's."""
        holder = self.request.auth.membership.applicant_id
        mine = DesignationRequest.objects.filter(applicant=holder).select_related("applicant")
        return mine.defer("content") if self.action == "list" else mine

    def get_serializer_class(self):
        return SummarySerializer if self.action == "list" else DesignationRequestSerializer

    @idempotent
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer):
        opened = serializer.save(
            applicant=self.request.auth.membership.applicant,
            created_by=self.request.user,
            title=serializer.validated_data["content"]["title"],
        )
        self._record(opened, "draft_opened")

    @action(detail=True, methods=["post"])
    @idempotent
    def extensions(self, request, pk=None):
        found = self._locked(pk)
        if found.state != State.DRAFT:
            raise Conflict
        found.expires_at = expiry()
        found.version += 1
        found.save(update_fields=("expires_at", "version", "updated_at"))
        self._record(found, "draft_extended")
        return Response(self.get_serializer(found).data, status=201)

    @action(detail=True, methods=["post"])
    @idempotent
    def transitions(self, request, pk=None):
        asked = TransitionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        name, version = asked.validated_data["name"], asked.validated_data.get("version")
        found = self._locked(pk)
        if found.state != TRANSITIONS[name][0] or version not in {None, found.version}:
            raise Conflict
        advance(found, name)
        found.save(
            update_fields=(
                "state", "version", "expires_at", "received_at", "received_on", "statutory_due_on", "ended_on",
                "updated_at",
            )
        )  # fmt: skip
        self._record(found, name, asked.validated_data["note"])
        return Response(self.get_serializer(found).data)

    def _locked(self, pk):
        return get_object_or_404(self.get_queryset().select_for_update(of=("self",)), pk=pk)

    def _record(self, changed, action, note=""):
        HistoryEntry.objects.create(
            request=changed, version=changed.version, action=action, note=note, actor=self.request.user
        )

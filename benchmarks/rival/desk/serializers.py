"""Requests as they come in and go out."""

from rest_framework import serializers

from .models import Applicant, DesignationRequest
from .workflow import TRANSITIONS


class ApplicantSerializer(serializers.ModelSerializer):
    class Meta:
        model = Applicant
        fields = ("id", "name", "type")


class SummarySerializer(serializers.ModelSerializer):
    """A request without its content, as lists show it."""

    applicant = ApplicantSerializer(read_only=True)

    class Meta:
        model = DesignationRequest
        fields = (
            "id",
            "number",
            "state",
            "version",
            "title",
            "applicant",
            "created_at",
            "updated_at",
            "expires_at",
            "received_at",
            "received_on",
            "statutory_due_on",
            "ended_on",
        )
        read_only_fields = fields


class DesignationRequestSerializer(SummarySerializer):
    class Meta(SummarySerializer.Meta):
        fields = (*SummarySerializer.Meta.fields, "content")
        read_only_fields = SummarySerializer.Meta.fields

    def validate_content(self, content):
        if not isinstance(content, dict) or not isinstance(content.get("title"), str):
            raise serializers.ValidationError("An object with a title is wanted.")
        return content


class TransitionSerializer(serializers.Serializer):
    name = serializers.ChoiceField(choices=tuple(TRANSITIONS))
    version = serializers.IntegerField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, default="")

"""What the rival takes and gives."""

from rest_framework import serializers
from rival.models import Request


class DraftIn(serializers.Serializer):
    content = serializers.DictField()


class TransitionIn(serializers.Serializer):
    name = serializers.ChoiceField(["close", "reopen"])
    note = serializers.CharField(max_length=4000, required=False)


class Summary(serializers.ModelSerializer):
    class Meta:
        model = Request
        fields = ["id", "number", "applicant_id", "status", "version", "title", "created_at", "updated_at"]


class Whole(serializers.ModelSerializer):
    class Meta:
        model = Request
        fields = [*Summary.Meta.fields, "content"]

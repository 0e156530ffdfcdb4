"""The one Django application of the rival."""

from django.apps import AppConfig


class Rival(AppConfig):
    name = "rival"
    label = "rival"

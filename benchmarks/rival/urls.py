"""Where the rival's calls are."""

from django.urls import path
from rival.views import Requests

urlpatterns = [
    path("requests", Requests.as_view({"get": "list", "post": "create"})),
    path("requests/<uuid:pk>", Requests.as_view({"get": "retrieve"})),
    path("requests/<uuid:pk>/transitions", Requests.as_view({"post": "transition"})),
]

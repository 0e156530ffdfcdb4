"""The routes."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from .views import DesignationRequestViewSet

router = SimpleRouter(trailing_slash=False)
router.register("designation-requests", DesignationRequestViewSet, basename="designation-request")

urlpatterns = [path("v1/", include(router.urls))]

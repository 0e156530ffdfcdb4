"""Settings as for production: no debug, nothing installed that an API of this kind does not use."""

import os

from psycopg.conninfo import conninfo_to_dict

_where = conninfo_to_dict(os.environ["RIVAL_DATABASE_URL"])

SECRET_KEY = os.environ["RIVAL_SECRET"]
DEBUG = False
ALLOWED_HOSTS = ("bench", "127.0.0.1")
INSTALLED_APPS = ("rest_framework", "desk")
MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",  # gives answers their Content-Length
)
ROOT_URLCONF = "desk.urls"
WSGI_APPLICATION = "desk.wsgi.application"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _where["dbname"],
        "USER": _where.get("user", ""),
        "PASSWORD": _where.get("password", ""),
        "HOST": _where.get("host", ""),
        "PORT": _where.get("port", ""),
        "CONN_MAX_AGE": None,  # each thread keeps its connection; psycopg's pool measured the same
        # PostgreSQL binds and keeps prepared what is asked again and again: about a sixth less CPU to open a draft
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 5},
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ("desk.authentication.ApiKeyAuthentication",),
    "DEFAULT_PERMISSION_CLASSES": ("rest_framework.permissions.IsAuthenticated",),
    "DEFAULT_RENDERER_CLASSES": ("rest_framework.renderers.JSONRenderer",),
    "DEFAULT_PARSER_CLASSES": ("rest_framework.parsers.JSONParser",),
    "UNAUTHENTICATED_USER": None,
}

"""Django as one would put it into production: no debugging, no middleware that is not needed, kept connections."""

import os

DEBUG = False
SECRET_KEY = os.environ.get("RIVAL_SECRET", "of this run alone")
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["rest_framework", "rival.apps.Rival"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "rival.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": os.environ["RIVAL_DB_HOST"],
        "USER": os.environ["RIVAL_DB_USER"],
        "NAME": os.environ["RIVAL_DB_NAME"],
        "CONN_MAX_AGE": None,
        # the service's driver prepares its statements; the rival may too
        "OPTIONS": {"prepare_threshold": 5},
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rival.authentication.ByKey"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
LOGGING_CONFIG = None

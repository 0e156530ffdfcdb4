"""For gunicorn; `python -m rival.wsgi` makes the tables and the caller named in the environment."""

import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rival.settings")
application = get_wsgi_application()


def prepare() -> None:
    """Tables straight from the models, one caller, and as many requests as the environment asks for."""
    from django.db import connection  # noqa: PLC0415 - Django must be set up first
    from rival.authentication import digest_of  # noqa: PLC0415
    from rival.models import ApiKey, History, Number, Person, Request, StoredAnswer  # noqa: PLC0415

    with connection.schema_editor() as editor:
        for model in (Person, ApiKey, Request, Number, History, StoredAnswer):
            editor.create_model(model)
    person = Person.objects.create(name="Ana Ruiz", applicant_id=os.environ["RIVAL_APPLICANT"])
    ApiKey.objects.create(digest=digest_of(os.environ["RIVAL_KEY"]), person=person)


if __name__ == "__main__":
    django.setup()
    prepare()

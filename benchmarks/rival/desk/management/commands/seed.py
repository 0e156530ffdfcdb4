"""`manage.py seed`: an applicant with a member, and prints the member's key."""

import secrets

from django.core.management import BaseCommand

from desk.authentication import digest_of
from desk.models import ApiKey, Applicant, Membership, Person


class Command(BaseCommand):
    def handle(self, *args, **options):
        applicant = Applicant.objects.create(name="Northfield Bioworks", type="cdmo")
        person = Person.objects.create(name="Ana Ruiz", email="ana@northfield.example")
        membership = Membership.objects.create(applicant=applicant, person=person, role="signer")
        key = f"rival_{secrets.token_urlsafe(32)}"
        ApiKey.objects.create(digest=digest_of(key), membership=membership)
        self.stdout.write(key)

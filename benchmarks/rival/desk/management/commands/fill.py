"""`manage.py fill 600 draft '{"title": …}'`: as many requests of the first member's applicant; prints their ids."""

import json

from django.core.management import BaseCommand
from django.db import connection

from desk.models import DesignationRequest, Membership


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("count", type=int)
        parser.add_argument("state")
        parser.add_argument("content", type=json.loads)

    def handle(self, *, count, state, content, **options):
        member = Membership.objects.earliest("pk")
        made = DesignationRequest.objects.bulk_create(
            DesignationRequest(
                applicant_id=member.applicant_id,
                created_by_id=member.person_id,
                state=state,
                title=content["title"],
                content=content,
            )
            for _ in range(count)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE desk_designationrequest")
        self.stdout.write("\n".join(str(each.pk) for each in made))

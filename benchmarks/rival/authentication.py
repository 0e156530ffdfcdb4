"""Who calls: the digest of the key finds the person, in one statement."""

import hashlib

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rival.models import ApiKey


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class ByKey(BaseAuthentication):
    def authenticate(self, request):
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            return None
        found = (
            ApiKey.objects.select_related("person")
            .filter(digest=digest_of(key), revoked_at__isnull=True)
            .first()
        )
        if found is None:
            raise AuthenticationFailed
        return found.person, found

    def authenticate_header(self, request):
        return "Bearer"

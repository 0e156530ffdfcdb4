"""Who is calling: the key's keyed hash finds its row, its membership, person and applicant in one query."""

from django.utils.crypto import salted_hmac
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from .models import ApiKey


def digest_of(key: str) -> str:
    return salted_hmac("api-key", key, algorithm="sha256").hexdigest()


class ApiKeyAuthentication(BaseAuthentication):
    keyword = "Bearer"

    def authenticate(self, request):
        scheme, _, credential = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme != self.keyword or not credential:
            return None
        try:
            key = ApiKey.objects.select_related("membership__person", "membership__applicant").get(
                digest=digest_of(credential), revoked_at=None, membership__person__is_active=True
            )
        except ApiKey.DoesNotExist:
            raise AuthenticationFailed from None
        return key.membership.person, key

    def authenticate_header(self, request):
        return self.keyword

"""The settings of one running service, read once from `AMTDP_…` and checked at start."""

from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.mails import addresses
from app.domain.mails.mail import Own


class Mode(StrEnum):
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="AMTDP_", frozen=True, extra="ignore")

    mode: Mode = Field(
        Mode.DEVELOPMENT, description="`production` refuses generated secrets, `.eml` mail and no scanner"
    )
    data_dir: Path = Field(
        Path("var"), description="where the embedded store keeps database, files, mail and secrets"
    )
    database_url: str = Field("", description="PostgreSQL or SQLite; empty: SQLite under the data directory")
    storage_url: str = Field(
        "", description="attachments: a folder or `s3://bucket/prefix`; empty: under the data directory"
    )
    smtp_url: str = Field("", description="outgoing mail; empty: `.eml` files under the data directory")
    mail_from: str = Field("intake@amtdp.example", description="sender of outgoing mail")
    mail_address: str = Field(
        "intake@amtdp.example",
        description="where filings are mailed to; threads are answered at `reply+…` of its domain",
    )
    authserv_id: str = Field(
        "",
        description="name under which our mail server records who sent a mail (RFC 8601); empty: nobody is verified",
    )
    mail_trust_listener: bool = Field(
        default=False,
        description="whoever reaches the mail listener is taken for the sender they name; never in production",
    )
    clamd_url: str = Field(
        "", description="malware scanner, `tcp://host:port` or `unix:/path`; empty: files stay `unscanned`"
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="how the service is reached from outside; in links and events"
    )
    listen_host: str = Field(
        "127.0.0.1",
        description="where `serve` listens (its `--host`); off loopback no webhook goes to this machine",
    )
    secret: SecretStr | None = Field(
        None, description="master secret, base64 of at least 32 bytes; development generates one"
    )
    signing_key: SecretStr | None = Field(
        None, description="ed25519 private key, PEM; development generates one"
    )
    retired_keys: str = Field(
        "", description="earlier ed25519 public keys, base64url, blank-separated; they still verify"
    )
    oidc_issuer: str = Field("", description="accepts access tokens of this OpenID issuer; empty: none")
    oidc_audience: str = Field("", description="audience those tokens must name")
    oidc_jwks_url: str = Field("", description="where the issuer publishes its keys")
    rate_per_minute: int = Field(
        1200, ge=1, description="calls a minute for one caller; unauthenticated ones get a tenth"
    )
    max_body_bytes: int = Field(4 * 2**20, ge=1024, description="largest JSON body")
    max_file_bytes: int = Field(100 * 2**20, ge=1024, description="largest attachment")
    max_files: int = Field(200, ge=1, description="attachments of one request")
    draft_days: int = Field(180, ge=1, description="days after its last change that a draft expires")
    engagement_decision_days: int = Field(
        60,
        ge=1,
        le=3650,
        description="days to accept or decline an engagement: a target of the program, not law",
    )
    engagement_meeting_days: int = Field(
        90, ge=1, le=3650, description="days to hold an engagement: a target of the program, not law"
    )
    engagement_update_days: int = Field(
        30, ge=1, le=3650, description="days between updates to a requester: a target of the program, not law"
    )
    webhook_sources: str = Field(
        "",
        description="networks that webhooks come from, blank-separated; published in `/v1/program/limits`",
    )
    pool_size: int = Field(10, ge=1, description="database connections of one process")
    metrics_key: SecretStr | None = Field(
        None, description="bearer key for /metrics from anywhere but loopback"
    )
    test_clock: bool = Field(default=False, description="time moves by the API; never in production")

    @field_validator("webhook_sources")
    @classmethod
    def _sources_are_networks(cls, given: str) -> str:
        return " ".join(str(ip_network(each)) for each in given.split())

    @field_validator("mail_address")
    @classmethod
    def _mail_has_an_address(cls, given: str) -> str:
        if addresses.plain(given) is None or "+" in given:
            raise ValueError("AMTDP_MAIL_ADDRESS is a plain address, as intake@amtdp.example")
        return given.lower()

    @model_validator(mode="after")
    def _issuer_is_whole(self) -> Self:
        if self.oidc_issuer and not (self.oidc_audience and self.oidc_jwks_url):
            raise ValueError("AMTDP_OIDC_ISSUER needs AMTDP_OIDC_AUDIENCE and AMTDP_OIDC_JWKS_URL")
        return self

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        if self.mode is not Mode.PRODUCTION:
            return self
        missing = [
            f"AMTDP_{name.upper()}"
            for name in ("database_url", "secret", "signing_key", "smtp_url", "clamd_url")
            if not getattr(self, name)
        ]
        if missing:
            raise ValueError(f"production needs {', '.join(missing)}")
        if self.mail_trust_listener:
            raise ValueError("production verifies who sent a mail: unset AMTDP_MAIL_TRUST_LISTENER")
        if self.test_clock:
            raise ValueError("production runs on real time: unset AMTDP_TEST_CLOCK")
        return self

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve()}/amtdp.db"

    @property
    def calls_loopback(self) -> bool:
        """Whether webhooks may go to this machine: in development, and only while nobody else can reach it."""
        if self.mode is not Mode.DEVELOPMENT:
            return False
        try:
            return ip_address(self.listen_host).is_loopback
        except ValueError:
            return self.listen_host == "localhost"

    @property
    def own_mail(self) -> Own:
        """What of incoming mail is ours."""
        return Own(self.mail_address, self.authserv_id, self.mail_trust_listener, self.mail_from)

    @property
    def storage(self) -> str:
        return self.storage_url or str(self.data_dir.resolve() / "files")


def settings_of(data_dir: Path | None, database_url: str | None, **more: object) -> Settings:
    """Settings from the environment, with what a command line says on top."""
    given = {"data_dir": data_dir, "database_url": database_url, **more}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked by the model
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings

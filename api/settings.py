"""Everything that can be set, read from the environment (`GROUNDWORK_…`). The only reader of the environment."""

import logging
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.accounts.roles import Role

BUILT_IN_EMBEDDER = "all-MiniLM-L6-v2"
POCKETSPHINX = "pocketsphinx"
FASTER_WHISPER = "faster-whisper"
NO_TRANSCRIBER = "off"
_ALGORITHMS = frozenset(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512))
"""Those by which nobody can sign who can only verify."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


_SECRET_ENDINGS = ("_API_KEY", "_ACCESS_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "PGPASSWORD")


def _passwords(text: str) -> Iterator[str]:
    """Of an address, as it stands there and as it is meant."""
    if "://" in text and "@" in text:
        _, separator, password = urlsplit(text).netloc.rpartition("@")[0].partition(":")
        if separator:
            yield password
            yield unquote(password)


class VectorIndexKind(StrEnum):
    AUTO = "auto"
    CHROMA = "chroma"
    EXACT = "exact"


class LogFormat(StrEnum):
    AUTO = "auto"
    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        """As Python's logging counts."""
        return logging.getLevelNamesMapping()[self.name]


class Settings(BaseSettings):
    """Every field is described in docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix="GROUNDWORK_", extra="ignore", protected_namespaces=(), validate_default=True
    )

    data: Path = Field(
        default=Path(".groundwork"), description="Folder that holds everything: database, files, indexes."
    )
    cache: Path = Field(
        default=Path("~/.cache/groundwork"),
        description="Folder for what can be made again: the embedding model in the form that this processor runs best.",
    )
    database_url: str | None = Field(
        default=None, description="SQLAlchemy address of the database; unset: SQLite in the data folder."
    )
    jobs_url: SecretStr | None = Field(
        default=None,
        description=(
            "Address of the PostgreSQL database that keeps the state of jobs (`postgresql://USER:PASSWORD@HOST/NAME`); "
            "unset: SQLite in the data folder."
        ),
    )
    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. Beyond loopback it needs `GROUNDWORK_PUBLIC_URL`, and an administrator.",
    )
    public_url: str | None = Field(
        default=None,
        description=(
            "Address by which people reach the server (`https://groundwork.example.org`); needed to listen beyond "
            "loopback, behind a proxy that ends TLS."
        ),
    )
    port: int = Field(default=8765, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    model: str | None = Field(
        default=None,
        description=(
            "Language model that writes answers, as litellm names it (`ollama/llama3.1`, "
            "`openai/gpt-4o-mini`); unset: answers are the sources' own sentences."
        ),
    )
    model_api_base: str | None = Field(
        default=None, description="Address of the model's API where it is not the provider's own."
    )
    model_api_key: SecretStr | None = Field(default=None, description="Key for the model's API.")
    model_timeout_s: float = Field(
        default=30.0, gt=0, le=300, description="Longest time in seconds for a whole answer of the model."
    )
    model_draft_timeout_s: float = Field(
        default=120.0,
        gt=0,
        le=600,
        description="Longest time in seconds for one reply of the model that drafts a course.",
    )
    model_fallback: bool = Field(
        default=True,
        description=(
            "When the model fails: answer, and draft, with the sources' own sentences, and say so. Off: report the "
            "failure."
        ),
    )
    model_tokens_per_day: int | None = Field(
        default=None,
        gt=0,
        description=(
            "Tokens, read and written together, that the model may take for one user in a day (UTC). Then follow the "
            "sources' own sentences, or with fallback off a refusal. Unset: no limit."
        ),
    )
    model_money_per_day: float | None = Field(
        default=None,
        gt=0,
        description=(
            "The same in dollars, by litellm's list of prices; a model that is not on it cannot be used with this. "
            "Unset: no limit."
        ),
    )
    embedding_model: str = Field(
        default=BUILT_IN_EMBEDDER,
        description=("Embedding model: the built-in one, or any that litellm names (`openai/text-embedding-3-small`)."),
    )
    embedding_dimension: int | None = Field(
        default=None, gt=0, description=("Dimension of an embedding model that is not built in; required for it.")
    )
    embedding_api_base: str | None = Field(
        default=None, description="Address of the embedding API where it is not the provider's own."
    )
    embedding_api_key: SecretStr | None = Field(default=None, description="Key for the embedding API.")
    embedding_timeout_s: float = Field(
        default=30.0, gt=0, le=300, description="Longest time in seconds for one embedding request."
    )
    vector_index: VectorIndexKind = Field(
        default=VectorIndexKind.AUTO,
        description=(
            "`auto`: exact search over small partitions, Chroma over large ones; `chroma` or `exact`: always that."
        ),
    )
    vector_exact_limit: int = Field(
        default=20_000, gt=0, description=("With `auto`: partitions of up to this many vectors are searched exactly.")
    )
    threads: int = Field(default=0, ge=0, description="Threads for embedding; 0: as many as there are cores.")
    max_file_mb: int = Field(default=100, gt=0, le=2000, description="Largest file that is accepted, in megabytes.")
    max_text_mb: int = Field(
        default=25,
        gt=0,
        le=2000,
        description="Largest text that is accepted as an upload (txt, md, html, csv, eml, vtt …), in megabytes.",
    )
    max_picture_mb: int = Field(
        default=50, gt=0, le=2000, description="Largest picture that is accepted as an upload, in megabytes."
    )
    user_quota_mb: int = Field(
        default=20_000, ge=0, description="How much one person may have uploaded, in megabytes; 0: any."
    )
    transcriber: str = Field(
        default=POCKETSPHINX,
        description=(
            "Who writes down recordings that come without a transcript: `pocketsphinx` (built in, English, draft "
            "grade), `faster-whisper` (extra `speech`), `off`, or a speech model that litellm names "
            "(`openai/whisper-1`)."
        ),
    )
    transcriber_model: str | None = Field(
        default=None, description="With `faster-whisper`: folder of the converted model, or a name that it can fetch."
    )
    transcriber_api_base: str | None = Field(
        default=None, description="Address of the speech model's API where it is not the provider's own."
    )
    transcriber_api_key: SecretStr | None = Field(default=None, description="Key for the speech model's API.")
    transcriber_timeout_s: float = Field(
        default=120.0, gt=0, le=600, description="Longest time in seconds for one piece of a recording."
    )
    max_recording_mb: int = Field(
        default=2000, gt=0, le=20_000, description="Largest recording that is accepted, in megabytes."
    )
    max_recording_hours: float = Field(
        default=12.0, gt=0, le=100, description="Longest recording that is accepted, in hours."
    )
    tesseract: str = Field(
        default="tesseract", description="Name or path of the program that reads scans and pictures; empty: none."
    )
    ocr_languages: list[str] = Field(
        default=[],
        description='Languages of scans, as Tesseract calls them, as JSON (`["eng", "deu"]`); empty: all installed.',
    )
    ocr_seconds: float = Field(
        default=60.0, gt=0, le=600, description="Longest time in seconds for recognising one page."
    )
    parse_memory_mb: int = Field(
        default=1024, ge=128, description="Memory that reading one file may take, in megabytes."
    )
    parse_seconds: int = Field(default=60, gt=0, description="Time that reading one file may take, in seconds.")
    parse_workers: int = Field(default=2, gt=0, le=32, description="Files that are read at the same time.")

    @field_validator("jobs_url")
    @classmethod
    def _postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith("postgresql"):
            raise ValueError("give the address of a PostgreSQL database, or leave it unset")
        return url

    outgoing_hosts: list[str] = Field(
        default=[],
        description=(
            'Hosts that websites, feeds and repositories may be read from, as JSON (`["wiki.example.org", '
            '".example.com"]`, the second with all below it); empty: any public one.'
        ),
    )
    outgoing_private: list[str] = Field(
        default=[],
        description=(
            "Hosts and networks that may be asked although they are on this machine or in a private network, as JSON "
            '(`["wiki.corp", "10.1.0.0/16"]`).'
        ),
    )
    outgoing_timeout_s: float = Field(
        default=60.0, gt=0, le=600, description="Longest time in seconds for one request to a source."
    )
    source_folders: list[Path] = Field(
        default=[],
        description="Folders of this machine that sources may be in, as JSON; empty: any that the server may read.",
    )
    reader_packages: list[str] = Field(
        default=["llama_index"],
        description="Packages whose LlamaIndex readers may be used as sources, as JSON.",
    )

    trusted_proxies: list[str] = Field(
        default=[],
        description=(
            "Addresses and networks of proxies whose `X-Forwarded-For` is believed, as JSON "
            '(`["10.0.0.7", "10.1.0.0/16"]`).'
        ),
    )
    limit_ask_per_minute: int = Field(
        default=30, ge=0, description="Questions and searches of one user in a minute, half of them at once; 0: any."
    )
    limit_read_per_minute: int = Field(
        default=1200, ge=0, description="Pages, pictures and documents that one user opens in a minute; 0: any."
    )
    limit_write_per_minute: int = Field(default=120, ge=0, description="Changes of one user in a minute; 0: any.")
    limit_upload_per_minute: int = Field(
        default=120, ge=0, description="Files, or pieces of them, that one user sends in a minute; 0: any."
    )
    limit_sign_in_per_minute: int = Field(
        default=10, ge=0, description="Attempts to sign in with one name, and from one address, in a minute; 0: any."
    )
    limit_site_per_minute: int = Field(
        default=600, ge=0, description="Requests that come from the pages of one other site in a minute; 0: any."
    )
    limit_address_per_minute: int = Field(
        default=6000,
        ge=0,
        description="Requests from one address in a minute, whoever they are of; many people may share one. 0: any.",
    )
    answers_at_once: int = Field(
        default=0,
        ge=0,
        le=24,
        description=(
            "Questions that are answered at the same time; 0: two for each core, and eight for each where a model "
            "writes, which is mostly waited for."
        ),
    )
    answers_waiting: int = Field(
        default=64, ge=0, le=10_000, description="Questions that may wait for their turn; more are refused at once."
    )
    answers_wait_s: float = Field(
        default=1.5,
        gt=0,
        le=300,
        description=(
            "Longest time in seconds that a question waits for its turn; whoever would wait longer is refused at once."
        ),
    )

    @field_validator("public_url")
    @classmethod
    def _protected(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query or parts.username:
            raise ValueError("give an address like https://groundwork.example.org, without a path; TLS is needed")
        return url.rstrip("/")

    passwords: bool = Field(
        default=True,
        description=(
            "Whether passwords let people in. Off, everybody signs in with the provider; only the first administrator "
            "chooses a password."
        ),
    )
    oidc_issuer: str | None = Field(
        default=None,
        description=(
            "The organisation's OpenID Connect provider, exactly as it calls itself "
            "(`https://login.example.org/realms/main`); unset: nobody signs in with one."
        ),
    )
    oidc_client_id: str | None = Field(default=None, description="As what Groundwork is registered with the provider.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="The secret of that registration; unset for a public client."
    )
    oidc_name: str = Field(
        default="your organisation",
        min_length=1,
        max_length=60,
        description="What the button says after “Sign in with”.",
    )
    oidc_scopes: list[str] = Field(
        default=["openid", "profile", "email"],
        description="Scopes that are asked for, as JSON. Some providers send groups with one of their own only.",
    )
    oidc_user_claim: str | None = Field(
        default=None,
        description=(
            "Claim that a new account is named after; unset: `preferred_username`, else `email`. Who somebody is, is "
            "told by issuer and subject alone."
        ),
    )
    oidc_groups_claim: str = Field(
        default="groups",
        min_length=1,
        description="Claim that lists somebody's groups, with dots where it lies inside others (`realm_access.roles`).",
    )
    oidc_groups: dict[str, str] = Field(
        default={},
        description=(
            'The provider\'s groups and what they are called here, as JSON (`{"/staff": "staff"}`); others are left '
            "out. Empty: groups that are here already, under the same names."
        ),
    )
    oidc_roles: dict[str, Role] = Field(
        default={},
        description=(
            'Roles that groups of the provider give, as JSON (`{"kb-admins": "admin"}`), anew at each sign-in. '
            "Empty: roles are given here."
        ),
    )
    oidc_default_role: Role = Field(
        default=Role.EMPLOYEE, description="Role of whoever is new, or in none of the groups that give one."
    )
    oidc_algorithms: list[str] = Field(
        default=["RS256", "ES256", "PS256"],
        min_length=1,
        description="Algorithms by which tokens may be signed, as JSON.",
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, issuer: str | None) -> str | None:
        if issuer is None:
            return None
        parts = urlsplit(issuer)
        if parts.query or parts.fragment or parts.username or not parts.hostname:
            raise ValueError("give the provider's address, as https://login.example.org/realms/main")
        if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in LOOPBACK):
            raise ValueError("the provider has to be reached by https; without it only on this machine")
        return issuer

    @field_validator("oidc_algorithms")
    @classmethod
    def _asymmetric(cls, algorithms: list[str]) -> list[str]:
        if unfit := sorted(set(algorithms) - _ALGORITHMS):
            raise ValueError(f"{', '.join(unfit)} cannot be used; there are {', '.join(sorted(_ALGORITHMS))}")
        return algorithms

    @field_validator("oidc_scopes")
    @classmethod
    def _with_openid(cls, scopes: list[str]) -> list[str]:
        if "openid" not in scopes:
            raise ValueError("the scope “openid” is needed")
        return scopes

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.oidc_issuer is not None and not self.oidc_client_id:
            raise ValueError("GROUNDWORK_OIDC_ISSUER needs GROUNDWORK_OIDC_CLIENT_ID")
        if not self.passwords and self.oidc_issuer is None:
            raise ValueError("with GROUNDWORK_PASSWORDS=off nobody could sign in; set GROUNDWORK_OIDC_ISSUER")
        return self

    log_format: LogFormat = Field(
        default=LogFormat.AUTO,
        description=(
            "Log of the server: `text`, `json` (an object on each line), or `auto`: text on a terminal, else JSON."
        ),
    )
    log_level: LogLevel = Field(
        default=LogLevel.INFO,
        description="What is logged: `debug`, `info` (a line for each request), `warning` or `error`.",
    )
    otel_endpoint: str | None = Field(
        default=None,
        description=(
            "Address of an OpenTelemetry collector that takes traces over gRPC (`http://127.0.0.1:4317`); unset: none "
            "are made."
        ),
    )
    ready_free_mb: int = Field(
        default=200,
        ge=0,
        description="With less free space than this in the data folder, in megabytes, the server says it is not ready.",
    )

    @field_validator("otel_endpoint")
    @classmethod
    def _collector(cls, address: str | None) -> str | None:
        if address is not None and not address.startswith(("http://", "https://")):
            raise ValueError("give the collector's address with http:// or https://")
        return address

    def secrets(self) -> Iterator[str]:
        """What must never be shown: of these settings, and what the environment calls a key, a token or the like."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                yield value.get_secret_value()
                yield from _passwords(value.get_secret_value())
            elif isinstance(value, str):
                yield from _passwords(value)
        for name, value in os.environ.items():
            if name.upper().endswith(_SECRET_ENDINGS) and not name.startswith("GROUNDWORK_"):
                yield value

    @field_validator("data", "cache")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.expanduser().absolute()

    @property
    def answer_count(self) -> int:
        """At most 24: some of the server's 40 threads are left to those who read."""
        return self.answers_at_once or min(self.core_count * (2 if self.model is None else 8), 24)

    @property
    def core_count(self) -> int:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    @property
    def thread_count(self) -> int:
        return self.threads or os.cpu_count() or 1

"""Everything that can be set, read from the environment (`GROUNDWORK_…`). The only reader of the environment."""

import logging
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

BUILT_IN_EMBEDDER = "all-MiniLM-L6-v2"
POCKETSPHINX = "pocketsphinx"
FASTER_WHISPER = "faster-whisper"
NO_TRANSCRIBER = "off"


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
        default="127.0.0.1", description="Address to listen on. Without accounts only loopback is accepted."
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
    model_fallback: bool = Field(
        default=True,
        description=(
            "When the model fails: answer with the sources' own sentences, and say so. Off: report the failure."
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
    def thread_count(self) -> int:
        return self.threads or os.cpu_count() or 1

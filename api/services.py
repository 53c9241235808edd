"""Chooses the implementations and wires them. The only place that does; adapters are imported where they are chosen."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property, lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from threading import Event
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from api import schema
from api.accounts.accounts import Accounts
from api.accounts.audiences import Audiences
from api.accounts.groups import Groups
from api.accounts.passwords import Passwords
from api.accounts.people_import import PeopleImport
from api.accounts.provider_people import ClaimRules, ProviderPeople
from api.accounts.provider_sign_ins import ProviderSignIns, SignOutNotices
from api.accounts.sign_in_provider import SignInProvider
from api.asking import Asking
from api.audit.audit_log import AuditLog
from api.citing import resolver_for
from api.comparing import Comparing
from api.course_risks import CourseRisks
from api.course_writing import CourseWriting, Lost
from api.courses import Courses
from api.data_folder import DataFolder
from api.derived_files import DerivedFiles
from api.drafting import Drafting
from api.erasing import Erasing, complete_interrupted
from api.ingesting import Ingesting
from api.job_form import JobForm
from api.jobs import draft_kind, ingest_kind, reindex_kind, sync_kind, transcribe_kind
from api.jobs.draft_kind import DraftKind
from api.jobs.ingest_kind import IngestKind
from api.jobs.job import UnderWayAlready
from api.jobs.job_point import JobPoint
from api.jobs.job_queue import SHARED_LANES, JobQueue, Lane
from api.jobs.job_work import JobWork, KindOf
from api.jobs.jobs import Jobs
from api.jobs.kind import JobKind
from api.jobs.news import News
from api.jobs.reindex_kind import ReindexKind
from api.jobs.store import JobEntry, JobStore
from api.jobs.sync_kind import SyncKind
from api.jobs.transcribe_kind import TranscribeKind, transcribe_arguments
from api.lesson_files import LessonFiles
from api.library import Library
from api.limits.admission import Admission, shared
from api.limits.limiter import Limiter
from api.limits.model_budgets import ModelBudgets
from api.limits.rates import OperationKind, Rates, rate
from api.limits.turns import ComposerInTurn, SearchInTurn, Turnstile
from api.observing.last_outcome import LastOutcome
from api.observing.meters import IndexCount, Inventory, Meters, NoMeters
from api.observing.observed_answering import ObservedComposer, ObservedLanguageModel, ObservedVerifier
from api.observing.observed_asking import ObservedAsking
from api.observing.observed_kind import ObservedKind
from api.observing.observed_search import ObservedEmbedder, ObservedKeywordSearch, ObservedVectorSearch
from api.observing.readiness import (
    PartState,
    Readiness,
    database_look,
    disk_look,
    index_look,
    jobs_look,
    outcome_look,
)
from api.observing.tracer import NoTracer, Tracer
from api.outgoing import OutgoingRules
from api.piecewise_uploads import PiecewiseUploads, bytes_sent
from api.recordings import Recordings
from api.schemas import IndexForm, StatusForm
from api.settings import (
    BUILT_IN_EMBEDDER,
    FASTER_WHISPER,
    NO_TRANSCRIBER,
    POCKETSPHINX,
    Settings,
    VectorIndexKind,
)
from api.source_readers import SourceReaders
from api.source_syncing import SourceSyncing
from api.source_watching import FolderWatch, SourceWatching
from api.sources import Sources
from api.transcribing import Transcribing
from api.transcript_pairing import TranscriptPairing
from api.upgrading import Upgrading
from api.upload_quota import UploadQuota
from assistant.answerability import Answerability, fitted_calibration
from assistant.answering import Answering
from assistant.composer import Composer
from assistant.extractive_composer import ExtractiveComposer
from assistant.language_model import LanguageModel
from assistant.remembered_vectors import RememberedVectors
from assistant.verification import Verifier
from authoring.binding import Binder
from authoring.blind_answer import BlindAnswering
from authoring.course_gates import CourseGates
from authoring.drafter import Drafter
from authoring.item_key import KeyGate
from corpus.audience import EVERYONE, OWNER
from corpus.blobs import FolderBlobs
from corpus.database import check_writable, open_database, scrub_file, sqlite_url
from corpus.embedder import Embedder
from corpus.errors import Conflict, Invalid, Unavailable
from corpus.index_store import IndexStore
from corpus.indexes import Indexes
from corpus.recording_store import RecordingStore, WaitingRecording
from corpus.routed_vector_index import VectorStore
from corpus.search import Search
from corpus.sql_vector_source import SqlVectorSource
from corpus.store import CorpusStore
from ingestion.chunking import ChunkLimits, SentenceSplitter
from ingestion.folder_page_memory import FolderPageMemory
from ingestion.ingest import Ingest, LanguageDetector, LazySplitter, Step
from ingestion.limited_decoding import DecodingLimits, LimitedDecoding
from ingestion.limited_parsing import FileParsing, ParsingLimits, ParsingServer
from ingestion.recording_ingest import RecordingIngest
from ingestion.transcriber import Transcriber
from ingestion.transcription import Transcription

_MEGABYTE = 1_000_000
_PROVIDER_BYTES = 1_000_000
_PROVIDER_MAY_TAKE_S = 10.0
_STEP_MAY_TAKE_S = 2.0
"""So long a step of a job that is under way may still take when the process ends; else it is repeated."""
_EMBEDDING_BATCH = 64
"""Texts in one request to an embedding provider; every one of them takes at least this many."""


_DRAFTERS = 8
"""Users whose drafter is kept, with the material that it has read."""


class DimensionUnknown(Invalid):
    def __init__(self, model: str) -> None:
        super().__init__(
            f"The dimension of the embedding model {model} is not known. Set GROUNDWORK_EMBEDDING_DIMENSION."
        )


class NoTranscriber(Conflict):
    def __init__(self) -> None:
        super().__init__("Transcription is switched off. Set GROUNDWORK_TRANSCRIBER, or attach a transcript.")


class TranscriberModelMissing(Invalid):
    def __init__(self) -> None:
        super().__init__("faster-whisper needs a model. Set GROUNDWORK_TRANSCRIBER_MODEL to its folder or name.")


class EmbeddingsMissing(Conflict):
    def __init__(self, model: str) -> None:
        super().__init__(
            f"Some documents are not embedded with {model} yet. Run groundwork reindex; a server does so by itself."
        )


class NotPrepared(Conflict):
    def __init__(self) -> None:
        super().__init__(
            "The database is not of the form that this version needs. Start the server of this version first: "
            "groundwork serve"
        )


class Services:
    """Everything one process needs, made when first used. Owns the data folder until closed."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        serving: bool = False,
        reached: Callable[[Step], None] = lambda step: None,
        reached_in_job: Callable[[JobPoint], None] = lambda point: None,
        working: bool = False,
        embedder: Embedder | None = None,
    ) -> None:
        """`serving`: the process lives long enough to open large indexes. `working`: beside the server that owns the
        data folder, on the same databases, without indexes of its own. `embedder`: one that is open already, instead
        of opening the configured one.

        Raises `FolderInUse`, `NewerSchema`, `NotPrepared`.
        """
        self.settings = settings
        self._clock = clock
        self._serving = serving
        self._working = working
        self._reached = reached
        self._reached_in_job = reached_in_job
        self._closing = False
        self._open_embedder = embedder
        self._transcriptions: dict[str, Transcription] = {}
        self._prepare_model: Callable[[], None] = lambda: None
        self.left_behind = False
        """After closing: whether a step of a job still runs, whose thread would keep the process from ending."""
        self.example_questions: list[str] = []
        """Shown where somebody does not know yet what to ask."""
        self.folder = DataFolder(settings.data)
        if working:
            if schema.current_form(self.engine) != schema.NEWEST:
                raise NotPrepared
            return
        self.folder.own()
        try:
            form = schema.current_form(self.engine)
            self.upgraded = self.upgrading.upgrade(clock())
            self.migrated = form != schema.NEWEST
            with self.writing.begin() as session:
                store = CorpusStore(session)
                store.ensure_user(OWNER)
                store.ensure_audience(EVERYONE, clock())
            complete_interrupted(self.writing, self.engine, self.blobs, self.derived_files, self.folder)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def stop_background_work(self) -> None:
        """Lets `embed_missing` end after the version it is at. The rest is made up for by the next process."""
        self._closing = True
        if "jobs" in self.__dict__:
            self.jobs.halt()

    def close(self) -> None:
        """Ends children and background work, then frees the data folder."""
        self.stop_background_work()
        if "source_watching" in self.__dict__:
            self.source_watching.stop()
        if "jobs" in self.__dict__:
            self.left_behind = not self.jobs.stop(_STEP_MAY_TAKE_S) or self.left_behind
        if "indexes" in self.__dict__:
            self.indexes.close()
        if "parsing" in self.__dict__:
            self.parsing.close()
        if "model_budgets" in self.__dict__:
            self.model_budgets.write_down()
        if "audit" in self.__dict__:
            self.audit.stop()
        if "engine" in self.__dict__:
            self.engine.dispose()
        if "tracer" in self.__dict__:
            self.tracer.close()
        self.folder.release()

    @cached_property
    def engine(self) -> Engine:
        return open_database(self.settings.database_url or sqlite_url(self.folder.database))

    @cached_property
    def upgrading(self) -> Upgrading:
        return Upgrading(self.folder, self.engine, version("groundwork"))

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        return sessionmaker(self.engine)

    @cached_property
    def writing(self) -> sessionmaker[Session]:
        """Sessions that take the write lock at once, since a reader that turns writer can lose to another writer."""
        return sessionmaker(self.engine.execution_options(write=True))

    @cached_property
    def audit(self) -> AuditLog:
        return AuditLog(self.sessions, self.writing)

    @cached_property
    def blobs(self) -> FolderBlobs:
        return FolderBlobs(self.folder.blobs)

    @cached_property
    def meters(self) -> Meters:
        if not (self._serving or self._working):
            return NoMeters()
        from api.observing.prometheus_meters import PrometheusMeters  # noqa: PLC0415 - only where somebody may ask

        return PrometheusMeters(self.inventory)

    @cached_property
    def tracer(self) -> Tracer:
        if self.settings.otel_endpoint is None:
            return NoTracer()
        from api.observing.opentelemetry_tracer import OpentelemetryTracer, to_collector  # noqa: PLC0415

        return OpentelemetryTracer(to_collector(self.settings.otel_endpoint), version("groundwork"))

    @cached_property
    def embedder_outcome(self) -> LastOutcome:
        return LastOutcome(time.monotonic)

    @cached_property
    def model_outcome(self) -> LastOutcome:
        return LastOutcome(time.monotonic)

    @cached_property
    def readiness(self) -> Readiness:
        settings = self.settings
        looks = [
            database_look(
                lambda: check_writable(self.engine),
                self.folder.database if settings.database_url is None else None,
                lambda: self.engine.dispose(),  # noqa: PLW0108
            ),
            disk_look(self.folder.path, settings.ready_free_mb * _MEGABYTE),
            index_look("vectors", lambda: self.indexes.vector_state(), stands_in=True),  # noqa: PLW0108  Made late.
            index_look("keywords", lambda: self.indexes.checked_keyword_state(), stands_in=False),  # noqa: PLW0108
            outcome_look("embedder", self.embedder_outcome, stands_in=False),
            jobs_look(lambda: self.jobs.trouble),
        ]
        if settings.model is not None:
            looks.append(outcome_look("model", self.model_outcome, stands_in=settings.model_fallback))
        return Readiness(looks, time.monotonic)

    def inventory(self) -> Inventory:
        """What metrics tell of the whole installation. What the database does not say now is left out."""
        parts = {part.name: part.state.value for part in self.readiness.report().parts}
        disk = shutil.disk_usage(self.folder.path) if self.folder.path.exists() else None
        found = Inventory(
            parts=parts,
            jobs=None,
            documents=None,
            indexes=None,
            answers_under_way=self.limiter.answers.taken,
            answers_waiting=self.limiter.answers.waiting,
            disk_free_bytes=disk.free if disk else None,
            disk_total_bytes=disk.total if disk else None,
        )
        if parts["database"] == PartState.FAILED:
            return found
        try:
            with self.sessions() as session:
                jobs, documents = JobStore(session).count(), CorpusStore(session).count_all()
            indexes = {state.name: IndexCount(state.state.value, state.entries) for state in self.indexes.states()}
        except Unavailable:
            return found
        return replace(found, jobs=jobs, documents=documents, indexes=indexes)

    @cached_property
    def embedder(self) -> Embedder:
        return ObservedEmbedder(self._embedder(), self.tracer, self.embedder_outcome)

    def _embedder(self) -> Embedder:
        if self._open_embedder is not None:
            return self._open_embedder
        if self.settings.embedding_model == BUILT_IN_EMBEDDER:
            from corpus.onnx_embedder import OnnxEmbedder  # noqa: PLC0415 - only where chosen

            return OnnxEmbedder(self.settings.cache, self.settings.thread_count)
        from corpus.litellm_embedder import LitellmEmbedder  # noqa: PLC0415

        if self.settings.embedding_dimension is None:
            raise DimensionUnknown(self.settings.embedding_model)
        key = self.settings.embedding_api_key
        return LitellmEmbedder(
            self.settings.embedding_model,
            dimension=self.settings.embedding_dimension,
            api_base=self.settings.embedding_api_base,
            api_key=key.get_secret_value() if key else None,
            timeout_s=self.settings.embedding_timeout_s,
            batch_size=_EMBEDDING_BATCH,
        )

    @cached_property
    def model_id(self) -> int:
        with self.writing.begin() as session:
            return CorpusStore(session).ensure_model(self.embedder.model)

    @cached_property
    def indexes(self) -> Indexes:
        kind = self.settings.vector_index
        return Indexes(
            folder=self.folder.index,
            sessions=self.sessions,
            model_id=self.model_id,
            model=self.embedder.model,
            exact_limit=0 if kind is VectorIndexKind.CHROMA else self.settings.vector_exact_limit,
            vector_store=self._vector_store() if self._serving and kind is not VectorIndexKind.EXACT else None,
        )

    @cached_property
    def search(self) -> Search:
        """Raises `EmbeddingsMissing` in a process that is too short-lived to make up for them."""
        if not self._serving and self.versions_to_embed():
            raise EmbeddingsMissing(self.settings.embedding_model)
        return SearchInTurn(
            self.embedder,
            ObservedVectorSearch(self.indexes.vectors, self.tracer),
            ObservedKeywordSearch(self.indexes.keywords, self.tracer),
            self.model_id,
            self._turns,
        )

    @cached_property
    def _turns(self) -> Turnstile:
        return Turnstile(self.settings.core_count)

    def versions_to_embed(self) -> bool:
        """Whether something in the corpus was embedded with another model only."""
        with self.sessions() as session:
            return bool(IndexStore(session).list_versions_without_vectors(self.model_id, limit=1))

    def embed_missing(self) -> Iterator[int]:
        """Makes the present model's vectors where only another one's are there; yields the ids of versions done."""
        for version_id in self.ingesting.embed_missing(self.model_id):
            self.indexes.follow()
            yield version_id
            if self._closing:
                return

    def _vector_store(self) -> VectorStore:
        from corpus.chroma_generations import ChromaGenerations  # noqa: PLC0415 - only where chosen

        return ChromaGenerations(
            self.folder.index / "vectors", self.embedder.model, SqlVectorSource(self.sessions, self.model_id)
        )

    @cached_property
    def parsing(self) -> ParsingServer:
        return ParsingServer(self._parsing_limits)

    @property
    def _parsing_limits(self) -> ParsingLimits:
        return ParsingLimits(
            memory_bytes=self.settings.parse_memory_mb << 20,
            wall_s=self.settings.parse_seconds,
            cpu_s=self.settings.parse_seconds,
        )

    @cached_property
    def file_parsing(self) -> FileParsing:
        """With text recognition where Tesseract is installed. Raises `OcrFailed` if it is and cannot be used."""
        from ingestion.tesseract_ocr_reader import find_tesseract  # noqa: PLC0415

        reader = find_tesseract(self.settings.tesseract, self.settings.ocr_languages, self.settings.ocr_seconds)
        if reader is None:
            return self.parsing
        from ingestion.recognising_parsing import RecognisingParsing  # noqa: PLC0415

        return RecognisingParsing(self.parsing, reader, self.page_memory, self._parsing_limits)

    @cached_property
    def page_memory(self) -> FolderPageMemory:
        return FolderPageMemory(self.folder.path / "recognised")

    @cached_property
    def languages(self) -> LanguageDetector:
        from ingestion.lingua_language import LinguaLanguageDetector  # noqa: PLC0415

        return LinguaLanguageDetector()

    @cached_property
    def recording_ingest(self) -> RecordingIngest:
        return RecordingIngest(
            decoding=self.decoding,
            parsing=self.parsing,
            embedder=self.embedder,
            splitter=self._splitter,
            languages=self.languages,
            blobs=self.blobs,
            limits=ChunkLimits(),
            max_bytes=self.settings.max_recording_mb * _MEGABYTE,
        )

    @cached_property
    def decoding(self) -> LimitedDecoding:
        return LimitedDecoding(DecodingLimits(most_s=self.settings.max_recording_hours * 3600))

    @cached_property
    def piecewise_uploads(self) -> PiecewiseUploads:
        return PiecewiseUploads(
            folder=self.folder.uploads,
            sessions=self.sessions,
            writing=self.writing,
            ingesting=self.ingesting,
            pairing=self.transcript_pairing,
            check_audience=self.library.open_audience,
            quota=self.upload_quota,
            follow=self._follow,
            clock=self._clock,
            max_bytes=self.recording_ingest.max_bytes,
        )

    @cached_property
    def transcription(self) -> Transcription:
        """Raises `NoTranscriber`."""
        return Transcription(
            self.decoding, self.blobs, self._transcriber(self.settings.transcriber), self.folder.scratch
        )

    def transcription_by(self, engine: str | None) -> Transcription:
        """By the engine in the settings, or by the one that was asked for. Raises `NoTranscriber`."""
        if engine is None or engine == self.settings.transcriber:
            return self.transcription
        if engine not in self._transcriptions:
            made = Transcription(self.decoding, self.blobs, self._transcriber(engine), self.folder.scratch)
            self._transcriptions[engine] = made
        return self._transcriptions[engine]

    def _transcriber(self, chosen: str) -> Transcriber:
        # An adapter is imported where it is chosen.
        if chosen == NO_TRANSCRIBER:
            raise NoTranscriber
        if chosen == POCKETSPHINX:
            from ingestion.pocketsphinx_transcriber import PocketsphinxTranscriber  # noqa: PLC0415

            return PocketsphinxTranscriber()
        if chosen == FASTER_WHISPER:
            if self.settings.transcriber_model is None:
                raise TranscriberModelMissing
            from ingestion.faster_whisper_transcriber import FasterWhisperTranscriber  # noqa: PLC0415

            return FasterWhisperTranscriber(self.settings.transcriber_model, self.settings.thread_count)
        from ingestion.litellm_transcriber import LitellmTranscriber  # noqa: PLC0415

        key = self.settings.transcriber_api_key
        return LitellmTranscriber(
            chosen,
            self.settings.transcriber_api_base,
            key.get_secret_value() if key else None,
            self.settings.transcriber_timeout_s,
        )

    @cached_property
    def transcribing(self) -> Transcribing:
        return Transcribing(
            sessions=self.sessions,
            writing=self.writing,
            transcription=self.transcription_by,
            ingest=self.recording_ingest,
            follow=self._follow,
            clock=self._clock,
        )

    @cached_property
    def recordings(self) -> Recordings:
        return Recordings(
            sessions=self.sessions,
            writing=self.writing,
            blobs=self.blobs,
            ingest=self.recording_ingest,
            follow=self._follow,
            clock=self._clock,
            model_id=self.model_id,
        )

    @cached_property
    def transcript_pairing(self) -> TranscriptPairing:
        return TranscriptPairing(self.sessions, self.writing, self.blobs, self.recordings, self._follow, self._clock)

    @cached_property
    def ingesting(self) -> Ingesting:
        max_bytes = self.settings.max_file_mb * _MEGABYTE
        ingest = Ingest(
            parsing=self.file_parsing,
            embedder=self.embedder,
            splitter=self._splitter,
            languages=self.languages,
            blobs=self.blobs,
            limits=ChunkLimits(),
            max_bytes=max_bytes,
            reached=self._reached,
            recognises=self.file_parsing is not self.parsing,
        )
        return Ingesting(
            ingest,
            self.recording_ingest,
            self.sessions,
            self.writing,
            self._clock,
            self.settings.parse_workers,
            max_bytes,
        )

    @cached_property
    def job_kinds(self) -> KindOf:
        def observed(name: str, made: Callable[[], JobKind]) -> Callable[[], JobKind]:
            return lambda: ObservedKind(name, made(), self.tracer, self.meters, time.monotonic)

        return {name: observed(name, made) for name, made in self._job_kinds().items()}

    def _job_kinds(self) -> KindOf:
        """One line for each kind of long work."""
        return {
            ingest_kind.KIND: lambda: IngestKind(
                lambda: self.ingesting, lambda: self.transcript_pairing, self.blobs, self._follow
            ),
            transcribe_kind.KIND: lambda: TranscribeKind(lambda: self.transcribing),
            sync_kind.KIND: lambda: SyncKind(
                lambda source_id: self.sources.look(source_id),  # noqa: PLW0108  Sources are made with the jobs.
                lambda: self.source_readers,
                lambda: self.source_syncing,
                self._clock,
            ),
            draft_kind.KIND: lambda: DraftKind(lambda: self.course_writing),
            reindex_kind.KIND: lambda: ReindexKind(self.embed_missing, self.indexes.rebuild),
        }

    @cached_property
    def jobs(self) -> Jobs:
        news, stopping = News(), Event()
        work = JobWork(
            self.job_kinds,
            self.sessions,
            self.writing,
            news,
            self._clock,
            time.monotonic,
            stopping,
            self._reached_in_job,
        )
        return Jobs(work, self.job_kinds, self.sessions, self.writing, news, self._clock, time.monotonic, stopping)

    def job_form(self, entry: JobEntry) -> JobForm:
        return JobForm.of(entry, self._clock())

    def run_jobs(self) -> None:
        """From now on jobs run in the background of this process, and go on after it in the next."""
        if self._working:
            # What starts jobs by itself is the server's: each of two would start them.
            self.jobs.run_in_background(self._job_queue, lambda: None)
            return
        shared = self.settings.jobs_url is not None
        self.jobs.run_in_background(self._job_queue, lambda: self._tend(shared))
        self.source_watching.start()

    def _tend(self, shared: bool) -> None:
        if shared:
            self._follow()
        self.transcribe_waiting()
        self.sources.start_due()
        self.course_risks.follow()
        self.comparing.catch_up()

    def transcribe_waiting(self) -> None:
        """Starts a job for each recording without a transcript that no job has been started for yet."""
        if self.settings.transcriber == NO_TRANSCRIBER:
            return
        with self.sessions() as session:
            waiting = RecordingStore(session).list_waiting()
            versions = [recording.version_id for recording in waiting]
            begun = JobStore(session).list_named(transcribe_kind.KIND, "version_id", versions) if versions else set()
        for recording in waiting:
            if recording.version_id not in begun:
                try:
                    self.start_transcription(recording, OWNER)
                except UnderWayAlready:
                    # Somebody has asked for it, of an earlier version; this one's turn comes after it.
                    continue

    def start_transcription(self, recording: WaitingRecording, user: str, engine: str | None = None) -> JobEntry:
        """Raises `UnderWayAlready`."""
        return self.jobs.submit(
            transcribe_kind.KIND,
            recording.name,
            user,
            transcribe_arguments(recording.document_id, recording.version_id, recording.name, engine),
            recording.audience_id,
        )

    def now(self) -> datetime:
        return self._clock()

    def _follow(self) -> None:
        """Lets the indexes know of what was added, by this process or by others on the same database."""
        if not self._working:
            self.indexes.follow()

    def _job_queue(self) -> JobQueue:
        from api.jobs.dbos_job_queue import DbosJobQueue  # noqa: PLC0415 - a second and a half

        url = self.settings.jobs_url
        lanes = SHARED_LANES if self._working else tuple(Lane)
        return DbosJobQueue(url.get_secret_value() if url else sqlite_url(self.folder.jobs), lanes)

    @cached_property
    def upload_quota(self) -> UploadQuota:
        quota = self.settings.user_quota_mb * _MEGABYTE
        return UploadQuota(self.sessions, partial(bytes_sent, self.folder.uploads), quota or None)

    @cached_property
    def library(self) -> Library:
        return Library(
            quota=self.upload_quota,
            jobs=self.jobs,
            sessions=self.sessions,
            writing=self.writing,
            blobs=self.blobs,
            follow=self._follow,
            clock=self._clock,
            max_bytes=self.settings.max_file_mb * _MEGABYTE,
            model_id=self.model_id,
        )

    @cached_property
    def accounts(self) -> Accounts:
        def passwords() -> Passwords:
            from api.accounts.argon2_passwords import Argon2Passwords  # noqa: PLC0415 - only where somebody signs in

            return Argon2Passwords()

        by_password = self.settings.passwords
        return Accounts(self.sessions, self.writing, passwords, self._clock, self.jobs.cancel_all_of, by_password)

    @cached_property
    def sign_in_provider(self) -> SignInProvider | None:
        settings = self.settings
        if settings.oidc_issuer is None or settings.oidc_client_id is None:
            return None
        from api.accounts.authlib_sign_in_provider import AuthlibSignInProvider, Client  # noqa: PLC0415
        from api.httpx_web_client import HttpxWebClient  # noqa: PLC0415

        secret = settings.oidc_client_secret
        client = Client(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            secret=None if secret is None else secret.get_secret_value(),
            scopes=tuple(settings.oidc_scopes),
            algorithms=frozenset(settings.oidc_algorithms),
            wanted=self._claim_rules.wanted,
        )
        # Its host is allowed by being set, also where it is private; what else it names has to be public.
        host = (urlsplit(settings.oidc_issuer).hostname or "").lower()
        rules = OutgoingRules(private=frozenset({host, *map(str.lower, settings.outgoing_private)}))
        web = HttpxWebClient(rules, _PROVIDER_BYTES, _PROVIDER_MAY_TAKE_S, most_redirects=0)
        return AuthlibSignInProvider(client, web, self._clock)

    @property
    def _claim_rules(self) -> ClaimRules:
        settings = self.settings
        return ClaimRules(
            user_claim=settings.oidc_user_claim,
            groups_claim=settings.oidc_groups_claim,
            groups=settings.oidc_groups,
            roles=settings.oidc_roles,
            default_role=settings.oidc_default_role,
        )

    @cached_property
    def provider_people(self) -> ProviderPeople:
        return ProviderPeople(self.accounts, self.groups, self._claim_rules)

    @cached_property
    def provider_sign_ins(self) -> ProviderSignIns:
        return ProviderSignIns(self._clock)

    @cached_property
    def sign_out_notices(self) -> SignOutNotices:
        return SignOutNotices(self._clock)

    @cached_property
    def groups(self) -> Groups:
        return Groups(self.sessions, self.writing)

    @cached_property
    def audiences(self) -> Audiences:
        return Audiences(self.sessions, self.writing, self._clock)

    @cached_property
    def people_import(self) -> PeopleImport:
        return PeopleImport(self.accounts, self.writing)

    def address_of(self, path: str) -> str:
        """As people reach it; the path alone where no public address is set."""
        return f"{(self.settings.public_url or '').rstrip('/')}{path}"

    @cached_property
    def derived_files(self) -> DerivedFiles:
        return DerivedFiles(self.page_memory, self.folder.scratch, self.folder.uploads)

    def _tidy_jobs(self) -> None:
        """Leaves nothing of jobs that are over in what the queue remembers."""
        if not self._serving:
            self.folder.forget_jobs()
        elif self.folder.jobs.exists():
            self.jobs.forget_over()
            scrub_file(self.folder.jobs)

    @cached_property
    def comparing(self) -> Comparing:
        return Comparing(self.sessions, self.writing)

    @cached_property
    def courses(self) -> Courses:
        return Courses(
            sessions=self.sessions,
            writing=self.writing,
            clock=self._clock,
            new_id=lambda: token_hex(6),
            permissions=self.accounts.permissions_of,
            follow=self.course_risks.follow,
            gates=CourseGates(Verifier(self.embedder), KeyGate(self.embedder)),
        )

    @cached_property
    def drafting(self) -> Drafting:
        return Drafting(
            sessions=self.sessions,
            courses=self.courses,
            writing=lambda: self.course_writing,
            library=self.library,
            jobs=self.jobs,
            clock=self._clock,
        )

    @cached_property
    def course_writing(self) -> CourseWriting:
        falls_back = self.settings.model is not None and self.settings.model_fallback
        return CourseWriting(
            sessions=self.sessions,
            courses=self.courses,
            drafter=self._drafter,
            fallback=self._extractive_drafter if falls_back else None,
            embedder=self.embedder,
            model_id=self.model_id,
            budgets=self.model_budgets,
            monotonic=time.monotonic,
        )

    def _drafter(self, user: str, lost: Lost) -> Drafter:
        if self.language_model is None:
            return self._extractive_drafter(user, lost)
        from authoring.model_drafter import ModelDrafter  # noqa: PLC0415 - only where chosen

        return ModelDrafter(
            self.language_model,
            self._binder(user),
            self._remembered,
            self.settings.model_draft_timeout_s,
            lost=lost,
            turns=self._turns,
        )

    def _extractive_drafter(self, user: str, lost: Lost) -> Drafter:
        """Leaves nothing out that it has written. The same for some time, since it remembers what it has read."""
        return self._extractive_drafters(user)

    @cached_property
    def _extractive_drafters(self) -> Callable[[str], Drafter]:
        from authoring.extractive_drafter import ExtractiveDrafter  # noqa: PLC0415 - only where something is drafted

        return lru_cache(maxsize=_DRAFTERS)(lambda user: ExtractiveDrafter(self.embedder, self._binder(user)))

    def _binder(self, user: str) -> Binder:
        return Binder(ObservedVerifier(self.embedder, self.tracer), resolver_for(self.sessions, user))

    @cached_property
    def course_risks(self) -> CourseRisks:
        return CourseRisks(self.sessions, self.writing, self._clock)

    @cached_property
    def erasing(self) -> Erasing:
        return Erasing(
            sessions=self.sessions,
            writing=self.writing,
            engine=self.engine,
            blobs=self.blobs,
            files=self.derived_files,
            folder=self.folder.path,
            indexes=lambda: self.indexes,
            tidy_jobs=self._tidy_jobs,
        )

    @cached_property
    def source_readers(self) -> SourceReaders:
        settings = self.settings
        return SourceReaders(
            working_folder=self.folder.path / "sources",
            rules=OutgoingRules(
                hosts=frozenset(map(str.lower, settings.outgoing_hosts)) or None,
                private=frozenset(map(str.lower, settings.outgoing_private)),
            ),
            folders=tuple(settings.source_folders),
            reader_packages=tuple(settings.reader_packages),
            clock=self._clock,
            max_bytes=settings.max_file_mb * _MEGABYTE,
            max_recording_bytes=settings.max_recording_mb * _MEGABYTE,
            timeout_s=settings.outgoing_timeout_s,
            parsing=self.parsing,
        )

    @cached_property
    def sources(self) -> Sources:
        return Sources(
            sessions=self.sessions,
            writing=self.writing,
            library=self.library,
            readers=self.source_readers,
            syncing=self.source_syncing,
            jobs=self.jobs,
            follow=self._follow,
            clock=self._clock,
        )

    @cached_property
    def source_watching(self) -> SourceWatching:
        def open_watch() -> FolderWatch:
            from api.watchfiles_folder_watch import WatchfilesFolderWatch  # noqa: PLC0415 - only where chosen

            return WatchfilesFolderWatch()

        return SourceWatching(lambda: self.sources, open_watch)

    @cached_property
    def source_syncing(self) -> SourceSyncing:
        return SourceSyncing(self.ingesting, self.sessions, self.writing, self._follow, self._clock)

    @cached_property
    def composer(self) -> Composer:
        return ObservedComposer(self._composer(), self.tracer)

    def _composer(self) -> Composer:
        if self.language_model is None:
            return self._extractive_composer()
        from assistant.model_composer import ModelComposer  # noqa: PLC0415 - only where chosen

        return ModelComposer(self.language_model, self._remembered, self.settings.model_timeout_s, self._turns)

    @cached_property
    def language_model(self) -> LanguageModel | None:
        """None where none is set."""
        if self.settings.model is None:
            return None
        from assistant.litellm_language_model import LitellmLanguageModel  # noqa: PLC0415 - only where chosen

        key = self.settings.model_api_key
        model = LitellmLanguageModel(
            self.settings.model,
            api_base=self.settings.model_api_base,
            api_key=key.get_secret_value() if key else None,
            clock=time.monotonic,
            wait=time.sleep,
        )
        self._prepare_model = model.prepare
        return ObservedLanguageModel(model, self.tracer, self.meters, self.model_outcome, time.monotonic)

    @cached_property
    def key_gate(self) -> KeyGate:
        """Of quiz items; with blind answering where a language model is set."""
        model = self.language_model
        blind = None if model is None else BlindAnswering(model, self.settings.model_timeout_s)
        return KeyGate(self.embedder, blind)

    def lesson_files(self, folder: Path) -> LessonFiles:
        """Documents of a folder, read without a trace in the corpus."""
        return LessonFiles(folder, self.file_parsing, self.embedder.count_tokens, LazySplitter(self._splitter))

    def prepare_model(self) -> None:
        """Loads what speaks to the model, which takes seconds. Asks it nothing."""
        _ = self.composer
        self._prepare_model()

    @cached_property
    def _remembered(self) -> RememberedVectors:
        """The same sentences are read for question after question."""
        return RememberedVectors(self.embedder)

    def _extractive_composer(self) -> Composer:
        return ComposerInTurn(ExtractiveComposer(self.embedder, remembering=self._remembered), self._turns)

    @cached_property
    def answering(self) -> Answering:
        falls_back = self.settings.model is not None and self.settings.model_fallback
        return Answering(
            answerability=Answerability(self.embedder, fitted_calibration(), self._remembered),
            composer=self.composer,
            verifier=ObservedVerifier(self.embedder, self.tracer),
            fallback=self._extractive_composer() if falls_back else None,
            turns=self._turns,
        )

    @cached_property
    def model_budgets(self) -> ModelBudgets:
        tokens, money = self.settings.model_tokens_per_day, self.settings.model_money_per_day
        return ModelBudgets(self.sessions, self.writing, self._clock, tokens, money)

    @cached_property
    def limiter(self) -> Limiter:
        settings = self.settings
        by_user = {
            OperationKind.ASK: rate(settings.limit_ask_per_minute),
            OperationKind.READ: rate(settings.limit_read_per_minute),
            OperationKind.WRITE: rate(settings.limit_write_per_minute),
            OperationKind.UPLOAD: rate(settings.limit_upload_per_minute),
            OperationKind.SIGN_IN: rate(settings.limit_sign_in_per_minute),
        }
        rates = Rates(by_user, rate(settings.limit_site_per_minute), rate(settings.limit_address_per_minute))
        capacity = shared(settings.answer_count, settings.answers_waiting, settings.answers_wait_s)
        answers = Admission(capacity, time.monotonic, lambda: self._turns.is_crowded)
        return Limiter(rates, answers, time.monotonic, lambda: self.accounts.on_trial)

    @cached_property
    def asking(self) -> Asking:
        return ObservedAsking(
            self.sessions,
            self.search,
            self.answering,
            self.model_budgets,
            self.tracer,
            self.meters,
            time.monotonic,
        )

    def status(self, user: str) -> StatusForm:
        """Counts what `user` may see. Raises `UserNotFound`."""
        counts, manages = self.library.counts(user), self.library.reader(user).manages
        lacking = self.parsing.confinement().lacking()
        return StatusForm(
            version=version("groundwork"),
            data=str(self.folder.path) if manages else None,
            documents=counts.documents,
            chunks=counts.chunks,
            model=self.settings.model,
            embedding_model=self.embedder.model.name,
            embedding_dimension=self.embedder.model.dimension,
            parsing="in confined children" + (f" (not confined here: {', '.join(lacking)})" if lacking else ""),
            indexes=[
                IndexForm(
                    name=state.name,
                    state=state.state,
                    entries=state.entries if manages else None,
                    remark=state.remark,
                )
                for state in self.indexes.states()
            ],
        )

    def _splitter(self) -> SentenceSplitter:
        from ingestion.llama_index_splitter import LlamaIndexSplitter  # noqa: PLC0415 - four seconds

        return LlamaIndexSplitter(self.embedder.count_tokens)

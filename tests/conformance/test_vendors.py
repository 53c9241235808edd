"""Each vendor is imported by its adapters alone, so that replacing one is a change in one place."""

from fnmatch import fnmatchcase

from tests.conformance.sources import foreign_imports, modules

ADAPTERS = {
    "PIL": ("ingestion.pillow_pictures",),
    "argon2": ("api.accounts.argon2_passwords",),
    "authlib": ("api.accounts.authlib_sign_in_provider",),
    "av": ("ingestion.pyav_audio",),
    "chardet": ("ingestion.chardet_encoding",),
    "chromadb": ("corpus.chroma_vector_index",),
    "dbos": ("api.jobs.dbos_job_queue",),
    "docx": ("ingestion.python_docx_preparation",),
    "feedparser": ("ingestion.feedparser_source_reader",),
    "fsspec": ("ingestion.fsspec_source_reader",),
    "faster_whisper": ("ingestion.faster_whisper_transcriber",),
    "joserfc": ("api.accounts.authlib_sign_in_provider",),
    "lingua": ("ingestion.lingua_language",),
    "litellm": ("assistant.litellm_language_model", "corpus.litellm_embedder", "ingestion.litellm_transcriber"),
    "llama_index": ("ingestion.llama_index_source_reader", "ingestion.llama_index_splitter"),
    "lxml": ("ingestion.lxml_html", "ingestion.lxml_xml"),
    "markdown_it": ("ingestion.markdown_it_parser",),
    "onnx": ("corpus.minilm_graph",),
    "onnxruntime": ("corpus.minilm_graph", "corpus.onnx_embedder"),
    "opentelemetry": ("api.observing.opentelemetry_tracer",),
    "openpyxl": ("ingestion.openpyxl_parser",),
    "pdfplumber": ("ingestion.pdfplumber_tables",),
    "pocketsphinx": ("ingestion.pocketsphinx_transcriber",),
    "pptx": ("ingestion.python_pptx_parser",),
    "prometheus_client": ("api.observing.prometheus_meters",),
    "pypdfium2": ("ingestion.pdfium_*",),
    "ragas": ("evals.ragas_*",),
    "safetensors": ("corpus.minilm_graph",),
    "tantivy": ("corpus.tantivy_keyword_index",),
    "tokenizers": ("corpus.onnx_embedder",),
    "trafilatura": ("ingestion.trafilatura_main_text",),
    "unstructured": ("ingestion.unstructured_parser",),
    "watchfiles": ("api.watchfiles_folder_watch",),
}
"""Vendor -> the modules that may import it."""

LIBRARIES = {
    "alembic": ("api.schema", "api.migrations.*"),
    "anyio": ("api.routes.health",),
    "click": ("api.cli", "api.commands.*"),
    "fastapi": ("api.*",),
    "httpx": ("api.client", "api.httpx_web_client"),
    "jinja2": ("api.templating",),
    "numpy": ("*",),
    "pydantic": (
        "api.*",
        "assistant.model_standalone_question",
        "authoring.blind_answer",
        "authoring.course_json",
        "authoring.item_lines",
        "authoring.model_reply",
        "evals.*",
    ),
    "pydantic_settings": ("api.settings",),
    "sqlalchemy": (
        "api.*",
        "corpus.*",
        "authoring.erasure_store",
        "authoring.record",
        "authoring.review",
        "authoring.store",
        "ingestion.erasure_store",
        "ingestion.source",
        "ingestion.store",
    ),
    "starlette": ("api.*",),
    "uvicorn": ("api.commands.serve",),
}
"""What the code is written in rather than plugged into, and where."""


def test_libraries_are_imported_only_where_they_belong() -> None:
    allowed = ADAPTERS | LIBRARIES
    misplaced = [
        f"{found.importer} imports {found.imported}"
        for found in foreign_imports()
        if not any(fnmatchcase(found.importer, pattern) for pattern in allowed.get(found.library, ()))
    ]
    assert not misplaced


def test_table_names_only_modules_that_are_there() -> None:
    names = [name for name, _ in modules()]
    present = {found.library for found in foreign_imports()}
    for vendor, patterns in ADAPTERS.items():
        if vendor in present:
            assert all(any(fnmatchcase(name, pattern) for name in names) for pattern in patterns), vendor

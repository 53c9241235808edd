"""Switches off what libraries would send or fetch on their own. Called before any of them is imported."""

import os

_SWITCHES = {
    # Statistics of use.
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime from 1.29: model names and sizes, from native code, unless CI is set
    "DO_NOT_TRACK": "true",  # unstructured, and whoever else follows the convention
    "SCARF_NO_ANALYTICS": "true",  # unstructured: a request when it is imported
    "ANONYMIZED_TELEMETRY": "False",  # chromadb
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, which tokenizers brings along
    "RAGAS_DO_NOT_TRACK": "true",  # ragas
    # Files that are fetched when a library is imported or first used.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # litellm: prices of models, when it is imported
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",  # litellm: headers for one provider
    "LITELLM_LOCAL_BLOG_POSTS": "True",  # litellm's proxy
    "LITELLM_LOCAL_POLICY_TEMPLATES": "True",  # litellm's proxy
    "LITELLM_LOCAL_AUTOROUTER_PRESETS": "True",  # litellm's proxy
    "HF_HUB_OFFLINE": "1",  # huggingface_hub
    "TRANSFORMERS_OFFLINE": "1",  # transformers, through huggingface_hub
    # Traces of what is asked and answered: another program's settings must not turn them on here.
    "LANGSMITH_TRACING": "false",  # langchain, through ragas
    "LANGCHAIN_TRACING_V2": "false",  # langchain, its older name
    "OTEL_SDK_DISABLED": "true",  # opentelemetry, which chromadb brings along
    "FASTAPI_OTEL_AUTO_CONFIGURE": "false",  # fastapi, once opentelemetry is installed
}


def switch_off_telemetry() -> None:
    """Also where the environment says otherwise: what Groundwork connects to is in its settings alone."""
    os.environ.update(_SWITCHES)

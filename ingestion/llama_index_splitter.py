"""Cuts overlong text between sentences with llama-index's sentence splitter, measured in the embedder's tokens."""

import re
from collections.abc import Callable, Sequence

from llama_index.core.node_parser import SentenceSplitter

from corpus.locator import Span

_SENTENCE_END = re.compile(r"(?:[.!?…][\"'”’)\]]*\s+(?=\S)|[。！？]|\n\s*\n)")


class LlamaIndexSplitter:
    """Implements `ingestion.chunking.SentenceSplitter`."""

    def __init__(self, count_tokens: Callable[[Sequence[str]], list[int]]) -> None:
        self._count_tokens = count_tokens

    def split(self, text: str, max_tokens: int) -> list[Span]:
        # The splitter asks for a list of tokens and only takes its length.
        splitter = SentenceSplitter(
            chunk_size=max_tokens,
            chunk_overlap=0,
            tokenizer=lambda part: [""] * self._count_tokens([part])[0],
            # Its own default loads nltk and that library's data, for the same sentences.
            chunking_tokenizer_fn=_sentences,
            include_metadata=False,
            include_prev_next_rel=False,
        )
        spans: list[Span] = []
        position = 0
        for part in splitter.split_text(text):
            start = text.index(part, position)
            position = start + len(part)
            spans.extend(_halved(text, Span(start, position), max_tokens, self._count_tokens))
        return spans


def _sentences(text: str) -> list[str]:
    """All of `text`, cut behind each sentence's end and the white space after it."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True) if start < end]


def _halved(text: str, span: Span, max_tokens: int, count_tokens: Callable[[Sequence[str]], list[int]]) -> list[Span]:
    """`span`, or parts of it: a run without white space (a key, Chinese prose) may come out too long."""
    if len(span) < 2 or count_tokens([text[span.start : span.end]])[0] <= max_tokens:
        return [span]
    middle = (span.start + span.end) // 2
    space = text.rfind(" ", span.start + 1, middle)
    middle = space if space > 0 else middle
    halves = (Span(span.start, middle), Span(middle, span.end))
    return [part for half in halves for part in _halved(text, half, max_tokens, count_tokens)]

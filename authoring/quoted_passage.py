"""A quote as a passage, for what judges sentences by passages."""

from authoring.claim import Evidence
from corpus.chunk import ChunkKind
from corpus.passage import Passage, PassageChunk


def quoted_passage(evidence: Evidence, chunk_id: int) -> Passage:
    """The quoted words alone, under their headings. `chunk_id` tells it from the others of the same claim."""
    return Passage(
        document_id=evidence.document_id,
        version_id=evidence.version_id,
        document_name=evidence.document_name,
        title=evidence.title,
        media_type="text/plain",
        language="",
        headings=evidence.headings,
        kind=ChunkKind.PROSE,
        chunks=(PassageChunk(chunk_id, chunk_id, evidence.quote, ()),),
        score=0.0,
        cosine=0.0,
        keywords=0.0,
    )

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.pool import make_pool


def test_a_pool_beyond_the_passages_mixes_pairs_of_them(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    passages = [{"id": str(n), "text": f"leave policy number {n} lasts {n} weeks in total"} for n in range(5)]
    (tmp_path / "documents" / "passages.jsonl").write_text("".join(json.dumps(p) + "\n" for p in passages))
    (tmp_path / "cases.jsonl").write_text(json.dumps({"id": "a", "question": "How long?"}) + "\n")
    pool = make_pool(tmp_path, tmp_path / "pool", count=12, threads=1)
    texts = [json.loads(line) for line in pool.texts.read_text().splitlines()]
    vectors = np.load(pool.vectors)
    assert texts[:5] == [passage["text"] for passage in passages]
    assert len(texts) == 12
    assert all(text.split()[:3] == ["leave", "policy", "number"] for text in texts)
    assert vectors.shape == (12, 384)
    assert np.linalg.norm(vectors.astype(np.float32), axis=1) == pytest.approx(np.ones(12), abs=1e-3)
    assert json.loads(pool.questions.read_text()) == ["How long?"]
    assert make_pool(tmp_path, tmp_path / "pool", count=12, threads=1) == pool

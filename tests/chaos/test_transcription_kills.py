"""`kill -9` between and inside the pieces of a transcription: none is lost or doubled, only one under way repeated."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import sessionmaker

from api.jobs.job import Job, State
from api.jobs.job_point import JobPoint
from corpus.database import open_database, sqlite_url
from corpus.document import Document, Version, VersionText
from corpus.recording import TranscribedPiece
from tests.chaos.transcribing_child import INSIDE
from tests.sounds import joined, silence, tone, wav

KILLS = (
    (INSIDE, 1),
    (JobPoint.UNIT_DONE.value, 1),
    (INSIDE, 2),
    (JobPoint.UNIT_REMEMBERED.value, 3),
    (INSIDE, 1),
    (JobPoint.PLANNED.value, 1),
    (JobPoint.UNIT_DONE.value, 1),
    (JobPoint.FINISHED.value, 1),
)
RECORDING = joined(*(part for number in range(20) for part in (tone(6, 200 + 37 * number), silence(1.5))))
"""Two and a half minutes, in which no stretch sounds like another one."""


def run(folder: Path, cache: Path, *kill_at: str) -> bool:
    """Whether it came to its end."""
    given = (folder / "data", cache, folder / "talk.wav", folder / "heard", *kill_at)
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.transcribing_child", *map(str, given)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stdout.endswith("over\n")


def heard(folder: Path) -> Counter[str]:
    return Counter((folder / "heard").read_text().split())


def words_recorded(folder: Path) -> list[list[str]]:
    """The engine's words of each piece, in order, in every version that has any; nothing else may be left behind."""
    engine = open_database(sqlite_url(folder / "data" / "groundwork.sqlite"))
    with sessionmaker(engine)() as session:
        texts = list(session.scalars(select(VersionText.text).join(Version).order_by(Version.number)))
        (document,) = session.scalars(select(Document))
        active = session.scalar(select(Version.number).where(Version.id == document.active_version_id))
        states = list(session.scalars(select(Job.state).order_by(Job.id)))
        pieces = session.scalar(select(func.count()).select_from(TranscribedPiece))
    engine.dispose()
    assert (active, states, pieces) == (2, [State.DONE, State.DONE], 0)
    assert list((folder / "data").glob("**/*.pcm*")) == []
    return [[word for word in text.split() if word[0] == "w" and len(word) == 13] for text in texts if text]


def prepared(folder: Path) -> Path:
    folder.mkdir()
    (folder / "talk.wav").write_bytes(wav(RECORDING))
    return folder


def test_kills_between_and_inside_pieces_lose_and_double_none(model_cache: Path, tmp_path: Path) -> None:
    calm, rough = prepared(tmp_path / "calm"), prepared(tmp_path / "rough")
    assert run(calm, model_cache)
    (expected,) = words_recorded(calm)
    assert set(heard(calm).values()) == {1}
    assert len(expected) == len(set(expected)) == len(heard(calm)) > 4

    killed = [point for point, count in KILLS if not run(rough, model_cache, point, str(count))]
    assert killed == [point for point, _ in KILLS]
    assert run(rough, model_cache)
    assert words_recorded(rough) == [expected]
    assert set(heard(rough)) == set(expected)
    assert heard(rough).total() == len(expected) + killed.count(INSIDE)
    assert max(heard(rough).values()) <= 2

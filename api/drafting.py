"""From a request to a course that is being drafted: its material, its row, its job."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from api.course_views import CourseView
from api.course_writing import CourseWriting
from api.courses import Courses
from api.jobs import draft_kind
from api.jobs.draft_kind import draft_arguments
from api.jobs.jobs import Jobs
from api.jobs.store import JobEntry
from api.library import Library
from authoring.course import Brief, CourseContent, LessonState
from corpus.audience import EVERYONE, Reader
from corpus.document import DocumentNotFound
from corpus.errors import Conflict, Invalid, NotFound, Unavailable
from corpus.store import CorpusStore, DocumentEntry

MOST_DOCUMENTS = 100
_PAGE = 200
_LONGEST_NUMBER = 12
_LONGEST_NAME = 80
_LONGEST_TITLE = 200


class NoMaterial(Invalid):
    def __init__(self) -> None:
        super().__init__("A course needs something to be drafted from: choose documents or a folder, or paste notes.")


class TooManyDocuments(Invalid):
    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count:,} documents are too many for one course; it may be drafted from {MOST_DOCUMENTS}. Choose fewer."
        )
        self.count = count


class NothingCalled(NotFound):
    """Nothing that the reader may know of."""

    def __init__(self, named: str) -> None:
        super().__init__(f"There is no document “{named[:80]}”. The library lists what there is, with numbers.")
        self.named = named


class NothingBelow(NotFound):
    def __init__(self, folder: str) -> None:
        super().__init__(f"There is no document below “{folder[:80]}”. Names of documents begin with their folders.")
        self.folder = folder


class SeveralCalled(Conflict):
    def __init__(self, named: str, document_ids: Sequence[int]) -> None:
        numbers = ", ".join(map(str, document_ids))
        super().__init__(f"There is more than one document “{named[:80]}”. Use a number: {numbers}.")
        self.named = named


class NotesUnread(Unavailable):
    """They are safe, and are being read."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The notes are kept as “{name}” and are still being read. Draft from that document in a moment."
        )
        self.name = name


class NothingPlanned(Conflict):
    def __init__(self) -> None:
        super().__init__("Every lesson of the outline is drafted. Add a lesson to the outline first.")


@dataclass(frozen=True, slots=True)
class Notes:
    """Pasted text. `audience` may read the document that it becomes."""

    text: str
    audience: str = EVERYONE


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """`documents` are numbers or names, `folders` how names begin. `audience` is who the course is for.

    `title` may be empty: it is then made of the goal or the material. Without `drafts` the course is left to be
    written; `outline_only` lets its author put the outline right before anything else is drafted.
    """

    brief: Brief
    documents: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    notes: Notes | None = None
    title: str = ""
    audience: str = EVERYONE
    drafts: bool = True
    outline_only: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """A course, and the job that drafts it, if one does. `document_ids`: its material, in the order it was named in."""

    course: CourseView
    job: JobEntry | None
    document_ids: tuple[int, ...]


class Drafting:
    def __init__(
        self,
        sessions: sessionmaker[Session],
        courses: Courses,
        writing: Callable[[], CourseWriting],
        library: Library,
        jobs: Jobs,
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._courses = courses
        self._writing = writing
        self._library = library
        self._jobs = jobs
        self._clock = clock

    def begin(self, user: str, request: DraftRequest) -> Begun:
        """The course is there and will be drafted, whatever happens to this process.

        Raises `NoMaterial`, `TooManyDocuments`, `NothingCalled`, `NothingBelow`, `SeveralCalled`, `DocumentNotFound`,
        `AudienceNotFound`, `NotAllowed`, and for notes what uploads raise.
        """
        self._library.open_audience(request.audience, user)
        with self._sessions() as session:
            store = CorpusStore(session)
            entries = list(_chosen(store, store.reader(user), request))
        if len(entries) > MOST_DOCUMENTS:
            raise TooManyDocuments(len(entries))
        ids = [entry.document_id for entry in entries]
        if request.notes is not None:
            ids.append(self._take_in(user, request.notes, request.title))
        if not ids and request.drafts:
            raise NoMaterial
        course = self._courses.create(user, _title(request, entries), request.brief, request.audience, ids)
        if not request.drafts:
            return Begun(course, None, tuple(ids))
        job = self._submit(user, course.course_id, ids, request.outline_only)
        return Begun(self._courses.get(user, course.course_id), job, tuple(ids))

    def go_on(self, user: str, course_id: int) -> JobEntry:
        """Drafts the lessons that are still planned, after their author has put the outline right.

        Raises `CourseNotFound`, `NothingPlanned`, `UnderWayAlready`.
        """
        course = self._courses.get(user, course_id)
        lessons = course.content.lessons
        if lessons and all(lesson.state is not LessonState.PLANNED for lesson in lessons):
            raise NothingPlanned
        return self._submit(user, course_id, course.source_ids, outline_only=False)

    def redraft(self, user: str, course_id: int, part_id: str, seen_revision: int, instruction: str) -> CourseView:
        """See `CourseWriting.redraft`."""
        return self._writing().redraft(user, course_id, part_id, seen_revision, instruction)

    def find_job(self, course_id: int) -> JobEntry | None:
        """The one that drafts this course now. Not on anybody's behalf."""
        return self._jobs.find_rival(draft_kind.KIND, draft_arguments(course_id, "", (), outline_only=False))

    def language(self, user: str, content: CourseContent, source_ids: Sequence[int]) -> str:
        """What was asked for, else what most of the documents are in; empty where nobody knows."""
        if content.brief.language:
            return content.brief.language
        with self._sessions() as session:
            store = CorpusStore(session)
            reader = store.reader(user)
            languages = []
            for document_id in source_ids:
                with suppress(DocumentNotFound):
                    languages.append(store.get_document(reader, document_id).language)
        return max(sorted(set(languages)), key=languages.count, default="")

    def _submit(self, user: str, course_id: int, document_ids: Sequence[int], outline_only: bool) -> JobEntry:
        # By its number alone: those who see the job need not be those who see the course.
        title = f"Course {course_id}"
        arguments = draft_arguments(course_id, user, document_ids, outline_only)
        return self._jobs.submit(draft_kind.KIND, title, user, arguments)

    def _take_in(self, user: str, notes: Notes, title: str) -> int:
        """The number of the document that they become."""
        text = notes.text.strip()
        if not text:
            raise NoMaterial
        name = self._name_of_notes(user, title or text.splitlines()[0])
        job = self._library.start_upload(name, text.encode(), notes.audience, user)
        report = self._library.wait_for_report(job, self._library.answers_within_s)
        if report is None or report.document_id is None:
            raise NotesUnread(name)
        return report.document_id

    def _name_of_notes(self, user: str, about: str) -> str:
        """One that no document has, so that notes never replace anything."""
        words = "".join(character if character.isalnum() or character in " -" else " " for character in about)
        short = " ".join(words.split())[:_LONGEST_NAME].strip() or "Notes"
        name = f"{short}, notes of {user}, {self._clock():%Y-%m-%d %H.%M.%S}"
        with self._sessions() as session:
            store = CorpusStore(session)
            taken = {entry.name for entry in _listed(store, store.reader(user), name)}
        free = (f"{name}{number}.md" for number in ("", *(f" {count}" for count in range(2, len(taken) + 2))))
        return next(candidate for candidate in free if candidate not in taken)


def _chosen(store: CorpusStore, reader: Reader, request: DraftRequest) -> Iterator[DocumentEntry]:
    """In the order in which they were named, each once."""
    seen: set[int] = set()
    named = (entry for said in request.documents for entry in (_named(store, reader, said),))
    below = (entry for folder in request.folders for entry in _below(store, reader, folder))
    for entries in (named, below):
        for entry in entries:
            if entry.document_id not in seen:
                seen.add(entry.document_id)
                yield entry


def _named(store: CorpusStore, reader: Reader, said: str) -> DocumentEntry:
    if said.isascii() and said.isdigit() and len(said) < _LONGEST_NUMBER:
        return store.get_document(reader, int(said))
    found = [entry for entry in _listed(store, reader, said) if entry.name == said]
    if not found:
        raise NothingCalled(said)
    if len(found) > 1:
        raise SeveralCalled(said, [entry.document_id for entry in found])
    return found[0]


def _below(store: CorpusStore, reader: Reader, folder: str) -> list[DocumentEntry]:
    """By name."""
    prefix = f"{folder.strip().rstrip('/')}/"
    found = [entry for entry in _listed(store, reader, prefix) if entry.name.startswith(prefix)]
    if not found:
        raise NothingBelow(folder)
    return found


def _listed(store: CorpusStore, reader: Reader, name_contains: str) -> Iterator[DocumentEntry]:
    offset = 0
    while entries := store.list_documents(reader, _PAGE, offset, name_contains).entries:
        yield from entries
        offset += _PAGE


def _title(request: DraftRequest, entries: Sequence[DocumentEntry]) -> str:
    """What was asked for, else the goal, else the material."""
    notes = request.notes.text.strip().splitlines()[0].lstrip("# ") if request.notes else ""
    material = [entry.title or entry.name for entry in entries] or [notes]
    others = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
    said = request.title or request.brief.goal or f"{material[0]}{others}"
    return " ".join(said.split())[:_LONGEST_TITLE] or "Course"

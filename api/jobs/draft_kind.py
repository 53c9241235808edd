"""The kind of job that drafts a course: its outline while it is planned, then lesson by lesson."""

from collections.abc import Callable, Sequence

from api.course_writing import CourseWriting
from api.jobs.job_queue import Lane
from api.jobs.kind import Arguments, Ending, JobKind, Json, Tell

KIND = "draft"


def draft_arguments(course_id: int, user: str, document_ids: Sequence[int], outline_only: bool) -> Arguments:
    """`outline_only`: the lessons are left to another job. What is wanted stands in the course."""
    return {"course_id": course_id, "user": user, "documents": list(document_ids), "outline_only": outline_only}


class DraftKind(JobKind):
    """Says nothing of what the course is about, since who sees its jobs is decided apart from who sees the course."""

    unit = "lessons"

    def __init__(self, writing: Callable[[], CourseWriting]) -> None:
        self._writing = writing

    def lane(self, arguments: Arguments) -> Lane:
        return Lane.DRAFT

    def claim(self, arguments: Arguments) -> str | None:
        """The course: two jobs would draft the same lessons."""
        return str(arguments["course_id"])

    def plan(self, arguments: Arguments) -> list[Json]:
        outlined = self._writing().outline(arguments["user"], arguments["course_id"], arguments["documents"])
        if arguments["outline_only"]:
            return []
        return [{"lesson_id": lesson_id, "number": number} for number, lesson_id in enumerate(outlined.waiting, 1)]

    def describe(self, unit: Json) -> str:
        return f"Drafting lesson {unit['number']}"

    def do(self, arguments: Arguments, unit: Json, tell: Tell) -> Json:
        def tell_parts(count: int) -> None:
            tell(f"Drafting lesson {unit['number']}, part {count}")

        drafted = self._writing().lesson(arguments["user"], arguments["course_id"], unit["lesson_id"], tell_parts)
        return {
            "parts": drafted.parts,
            "drafter": drafted.drafter,
            "left_out": drafted.left_out,
            "notice": drafted.notice,
        }

    def finish(self, arguments: Arguments, reports: Sequence[Json]) -> Ending:
        result = {
            "course_id": arguments["course_id"],
            "lessons": sum(1 for said in reports if said["parts"]),
            "parts": sum(said["parts"] for said in reports),
            "left_out": sum(said["left_out"] for said in reports),
            "drafters": list(dict.fromkeys(said["drafter"] for said in reports if said["drafter"])),
        }
        notices = dict.fromkeys(said["notice"] for said in reports if said["notice"])
        return Ending(result, " ".join(notices) or None)

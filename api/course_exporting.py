"""A course as one file, for somebody who may see it."""

from api.services import Services
from authoring.export import CourseCopy, ExportFile, check_format, export


def exported(services: Services, user: str, course_id: int, format_name: str, draft: bool) -> ExportFile:
    """What learners meet, or with `draft` what is being worked on.

    Raises `UnknownFormat`, `CourseNotFound`, `PublicationNotFound`.
    """
    check_format(format_name)
    address = (services.settings.public_url or "").rstrip("/")
    if draft:
        view = services.courses.get(user, course_id)
        standing = f"{view.state.value.capitalize()}, revision {view.revision} of {view.changed_at:%Y-%m-%d}"
        return export(CourseCopy(view.content, standing, address), format_name)
    publication = services.courses.get_publication(user, course_id)
    entry = publication.entry
    standing = f"Publication {entry.number} of {entry.published_at:%Y-%m-%d}, {entry.state.value}"
    return export(CourseCopy(publication.content, standing, address), format_name)

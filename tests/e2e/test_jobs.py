"""The jobs page: every state to look at, progress that moves by itself, and what may be done about a job."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from api.jobs.job import Job, State
from api.jobs.job_queue import Lane
from api.settings import Settings
from tests.conftest import NOON, Ticking
from tests.e2e.conftest import NARROW, Visitor
from tests.e2e.site import Site, SiteServices, serve
from tests.e2e.test_accessibility import check

LONG_NAME = "Betriebsvereinbarung_über_mobile_Arbeit_und_Arbeitszeitkonten_in_der_Fassung_vom_12._Mai_2026.docx"
PROTECTED = "The file is protected by a password. Remove it, or add another copy."


def a_job(title: str, state: State, **changed: object) -> Job:
    values = {"kind": "ingest", "user_name": "owner", "audience_id": 1, "arguments": {}, "lane": Lane.SMALL}
    job = Job(title=title, state=state, created_at=NOON, **(values | changed))  # type: ignore[arg-type]
    if state.is_over:
        job.finished_at = NOON + timedelta(minutes=4)
    return job


def jobs() -> list[Job]:
    """The last one is listed first."""
    done = {"files": [{"name": "a.md", "outcome": "added", "document_id": 1, "chunk_count": 3, "reason": None}]}
    failed = {"name": LONG_NAME, "outcome": "failed", "document_id": None, "chunk_count": 0, "reason": PROTECTED}
    return [
        a_job("a.md", State.DONE, done=1, total=1, unit="files", result=done | {"outcomes": {"added": 1}}),
        a_job("All indexes", State.CANCELLED, kind="reindex", lane=Lane.OWNER, audience_id=None),
        a_job(
            LONG_NAME,
            State.FAILED,
            reason=f"{LONG_NAME} was not added. {PROTECTED}",
            attempt=2,
            result={"files": [failed], "outcomes": {"failed": 1}},
        ),
        a_job(
            "300 files for “everyone”",
            State.RUNNING,
            step="Reading policies/it-security-rules.md and 15 more",
            done=96,
            total=300,
            unit="files",
            reason="The disk is full, so nothing could be stored. Free some space; what waits goes on by itself.",
            started_at=NOON,
        ),
        a_job(
            "1,200 files for “everyone”",
            State.RUNNING,
            step="Reading operations/minutes-hall-3-2026-05-12.txt and 15 more",
            done=480,
            total=1200,
            unit="files",
            worked_seconds=480.0,
            started_at=NOON,
            progressed_at=NOON,
        ),
        a_job("slides.pptx", State.WAITING, user_name="mara"),
    ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = Settings(data=tmp_path_factory.mktemp("jobs") / "data", threads=1)
    with SiteServices(settings, Ticking(), serving=True) as services:
        _ = (services.asking, services.library, services.jobs)
        with services.writing.begin() as session:
            session.add_all(jobs())
        for address in serve(services):
            yield Site(address, services, {})
        services.jobs.halt()


@pytest.mark.parametrize("path", ["/jobs", "/jobs/1", "/jobs/3", "/jobs?show=failed"])
def test_jobs_have_no_violation_wide_and_narrow(visitor: Visitor, axe: str, path: str) -> None:
    page = visitor.open(path)
    expect(page.locator(".job").first).to_be_visible()
    assert check(page, axe) == []


def test_why_the_only_file_failed_is_said_once(visitor: Visitor) -> None:
    page = visitor.open("/jobs/3")
    expect(page.get_by_text(PROTECTED)).to_have_count(1)
    page.goto("/jobs/1")
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible()


def test_progress_moves_by_itself_and_an_end_shows_what_can_be_done(visitor: Visitor, site: Site) -> None:
    page = visitor.open("/jobs", size=NARROW)
    card = page.locator('[data-job="5"]')
    expect(card.get_by_text("480 of 1,200 files")).to_be_visible()
    _change(site, 5, done=640)
    expect(card.get_by_text("640 of 1,200 files")).to_be_visible()
    assert card.locator("progress").evaluate("bar => bar.value") == 640
    _change(site, 5, state=State.FAILED, reason="The folder is gone.")
    expect(card.get_by_text("The folder is gone.")).to_be_visible()
    expect(card.get_by_role("button", name="Try again")).to_be_visible()
    expect(card.locator("progress")).to_have_count(0)


def test_a_job_is_cancelled_without_javascript(visitor: Visitor) -> None:
    page = visitor.open("/jobs", script=False)
    page.locator('[data-job="6"]').get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="slides.pptx")).to_be_visible()
    expect(page.locator(".job__state")).to_have_text("Cancelled")


def test_the_navigation_leads_to_the_jobs(visitor: Visitor) -> None:
    page = visitor.open("/library", size=NARROW)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Jobs").click()
    expect(page.get_by_role("heading", name="Jobs", level=1)).to_be_visible()


def _change(site: Site, job_id: int, **changed: object) -> None:
    with site.services.writing.begin() as session:
        job = session.get_one(Job, job_id)
        for name, value in changed.items():
            setattr(job, name, value)
    site.services.jobs.news.tell(job_id)

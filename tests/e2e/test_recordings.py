"""Recordings in a browser: they play from the words that are quoted, and the words follow the sound."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from api.settings import Settings
from ingestion.transcript_file import TranscriptFile
from tests.conftest import Ticking
from tests.e2e.conftest import NARROW, Visitor
from tests.e2e.site import Site, SiteServices, serve
from tests.e2e.test_accessibility import check
from tests.e2e.waiting import wait_until
from tests.sounds import joined, recording, silence, tone, vtt

SAID = [
    "Welcome to the workshop about pumps.",
    "First I switch the pump off and wait.",
    "Then I open the valve and let the water out.",
    "The seal of the pump is changed every six months.",
    "A worn seal hisses before anybody sees it.",
    "Spare seals are kept in hall two.",
]
CUES = [(5.0 * at, 5.0 * at + 4, text) for at, text in enumerate(SAID)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = Settings(data=tmp_path_factory.mktemp("recordings") / "data", threads=1)
    with SiteServices(settings, Ticking(), serving=True) as services:
        sound = joined(*(part for _ in SAID for part in (tone(4), silence(1))))
        ids = {}
        for name, content in {
            "talk.wav": recording(sound, "wav", "pcm_s16le", rate=16_000),
            "film.webm": recording(sound, "webm", "libopus", "libvpx"),
        }.items():
            ids[name] = services.library.add_upload(name, content, "everyone", "owner").document_id or 0
            services.recordings.attach_transcript(ids[name], TranscriptFile("words.vtt", vtt(CUES)), "owner")
        ids["mute.wav"] = (
            services.library.add_upload(
                "mute.wav", recording(tone(2), "wav", "pcm_s16le", rate=16_000), "everyone", "owner"
            ).document_id
            or 0
        )
        for address in serve(services):
            yield Site(address, services, ids)


def time_of(page: Page) -> float:
    found: float = page.evaluate("document.querySelector('.player').currentTime")
    return found


@pytest.mark.parametrize("name", ["talk.wav", "film.webm"])
def test_a_recording_waits_at_the_quoted_words(visitor: Visitor, name: str) -> None:
    page = visitor.open(visitor.site.source(name, visitor.site.marks_of(name, "changed every six months")))
    expect(page.locator("mark")).to_have_text(["changed every six months"])
    wait_until(page, "document.querySelector('.player').currentTime > 14")
    # Five words of the cue come before the quote, which begins at 15 s.
    assert 15 <= time_of(page) <= 18
    expect(page.locator(".turn.is-heard")).to_contain_text("The seal of the pump")


def test_it_plays_from_the_quoted_words_and_the_transcript_follows(visitor: Visitor) -> None:
    page = visitor.open(visitor.site.source("talk.wav", visitor.site.marks_of("talk.wav", "wait")))
    page.get_by_role("button", name="Play from").click()
    wait_until(page, "!document.querySelector('.player').paused")
    expect(page.locator(".turn.is-heard")).to_contain_text("First I switch")
    page.evaluate("document.querySelector('.player').playbackRate = 4")
    expect(page.locator(".turn.is-heard")).to_contain_text("The seal of the pump")


def test_a_time_in_the_transcript_plays_from_there(visitor: Visitor) -> None:
    page = visitor.open(visitor.site.source("talk.wav"), NARROW)
    page.get_by_role("link", name="Play from 00:20").click()
    wait_until(page, "document.querySelector('.player').currentTime >= 20")
    expect(page.locator(".turn.is-heard")).to_contain_text("A worn seal hisses")


def test_without_script_a_time_still_leads_to_the_recording(visitor: Visitor) -> None:
    page = visitor.open(visitor.site.source("talk.wav"), script=False)
    expect(page.get_by_role("link", name="Play from 00:20")).to_have_attribute(
        "href", visitor.site.source("talk.wav").replace("/documents", "/api/documents", 1) + "/media#t=20.0"
    )
    expect(page.get_by_text("Spare seals are kept in hall two.")).to_be_visible()


def test_an_answer_opens_the_recording_beside_it(visitor: Visitor) -> None:
    page = visitor.open("/?q=How often is the seal of the pump changed%3F")
    panel = page.locator("#evidence-body")
    expect(panel.locator(".player")).to_be_visible()
    expect(panel.locator("mark").first).to_be_in_viewport()


def test_a_recording_without_words_says_what_to_do(visitor: Visitor) -> None:
    page = visitor.open(visitor.site.source("mute.wav"))
    expect(page.get_by_text("Nobody has written down yet what is said.")).to_be_visible()
    page.get_by_role("link", name="Attach a transcript").click()
    page.get_by_label("Transcript").set_input_files(
        {"name": "words.vtt", "mimeType": "text/vtt", "buffer": vtt([(0, 2, "The lamp is tested first.")])}
    )
    page.get_by_role("button", name="Attach").click()
    expect(page.get_by_text("The transcript is attached.")).to_be_visible()
    page.get_by_role("link", name="Open").click()
    expect(page.get_by_text("The lamp is tested first.")).to_be_visible()


@pytest.mark.parametrize("name", ["talk.wav", "film.webm", "mute.wav"])
def test_a_recording_has_no_violation(visitor: Visitor, axe: str, name: str) -> None:
    assert check(visitor.open(visitor.site.source(name)), axe) == []


def test_the_editor_has_no_violation(visitor: Visitor, axe: str) -> None:
    assert check(visitor.open(f"/documents/{visitor.site.ids['talk.wav']}/transcript"), axe) == []


def test_the_owner_corrects_words_while_listening(visitor: Visitor) -> None:
    page = visitor.open(visitor.site.source("film.webm"))
    page.get_by_role("link", name="Correct").click()
    words = page.get_by_role("textbox", name="Words at 00:25")
    words.fill("Spare gaskets are kept\nin hall three.")
    page.get_by_label("Speaker at 00:25").fill("Wehner")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Answers use version 3 from now on.")).to_be_visible()
    page.get_by_role("link", name="Film", exact=True).click()
    expect(page.locator(".turn").last).to_contain_text("in hall three.")
    expect(page.locator(".turn__speaker")).to_have_text(["Wehner"])

"""Courses over HTTP: what one saw is named, what changed meanwhile is told, what is not there is absent."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import HEADER
from api.settings import Settings
from authoring.course_json import read_content
from corpus.store import CorpusStore
from tests.api.test_drafting import LEAVE, TRAVEL, DraftingServices


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with DraftingServices(settings) as services:
        with services.writing.begin() as session:
            CorpusStore(session).ensure_user("mara")
        with TestClient(build_app(services, "token"), base_url="http://127.0.0.1:8765") as opened:
            yield opened


def drafted(client: TestClient, **given: object) -> dict[str, Any]:
    for name, text in (("leave.md", LEAVE), ("travel.md", TRAVEL)):
        client.post("/api/documents", files={"file": (name, text.encode())})
    reply = client.post("/api/courses", json={"documents": ["leave.md", "travel.md"], "title": "Rules", **given})
    assert reply.status_code == 202, reply.text
    assert reply.json()["job"]["state"] == "done"
    said: dict[str, Any] = client.get(reply.headers["location"]).json()
    return said


def test_a_course_that_was_drafted_is_listed_and_read(client: TestClient) -> None:
    course = drafted(client)
    assert [lesson["title"] for lesson in course["content"]["lessons"]] == ["Leave", "Travel"]
    assert (course["drafters"], course["job_id"], course["minutes"] > 0) == (["model"], None, True)
    listed = client.get("/api/courses", params={"title": "rule", "mine": "true"}).json()
    assert [(entry["course_id"], entry["state"]) for entry in listed["courses"]] == [(course["course_id"], "draft")]


def test_a_change_that_does_not_say_what_it_saw_is_asked_to(client: TestClient) -> None:
    course = drafted(client)
    part = course["content"]["lessons"][0]["blocks"][0]
    address = f"/api/courses/{course['course_id']}/parts/{part['id']}"
    for headers in ({}, {"If-Match": "*"}, {"If-Match": '""'}):
        assert client.put(address, json=part, headers=headers).status_code == 428
    assert client.put(address, json=part, headers={"If-Match": '"abc"'}).status_code == 422


def test_a_change_of_what_changed_meanwhile_is_told_what_is_there_now(client: TestClient) -> None:
    course = drafted(client)
    part = course["content"]["lessons"][0]["blocks"][0]
    address = f"/api/courses/{course['course_id']}/parts/{part['id']}"
    edited = {**part, "heading": "Anew"}
    reply = client.put(address, json=edited, headers={"If-Match": '"1"'})
    assert (reply.status_code, reply.json()["part"]["revision"]) == (200, 2)
    late = client.put(address, json={**part, "heading": "Too late"}, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["title"]) == (412, "Changed meanwhile")
    assert (late.json()["current"]["heading"], late.json()["current"]["revision"]) == ("Anew", 2)


def test_a_decision_about_another_content_is_told_the_present_one(client: TestClient) -> None:
    course = drafted(client)
    reply = client.post(f"/api/courses/{course['course_id']}/confirm", headers={"If-Match": '"of before"'})
    assert (reply.status_code, reply.json()["current"]) == (412, {"content_hash": course["content_hash"]})


def test_what_a_course_lacks_is_told_part_by_part(client: TestClient) -> None:
    course = drafted(client)
    seen = {"If-Match": f'"{course["content_hash"]}"'}
    assert client.post(f"/api/courses/{course['course_id']}/confirm", headers=seen).status_code == 200
    refused = client.post(f"/api/courses/{course['course_id']}/submit", json={}, headers=seen)
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["field"] == "l1-b1.l1-b1-c"


def test_the_outline_is_put_in_order_renamed_and_cut(client: TestClient) -> None:
    course = drafted(client, draft="outline")
    address = f"/api/courses/{course['course_id']}"
    lessons = [{"lesson_id": "l2", "title": "By train", "verb": "book", "what": "a train", "level": "apply"}]
    seen = {"If-Match": str(course["content"]["revision"])}
    changed = client.put(f"{address}/outline", json={"lessons": lessons}, headers=seen).json()
    assert [(one["title"], one["state"]) for one in changed["content"]["lessons"]] == [("By train", "planned")]
    assert client.put(f"{address}/outline", json={"lessons": []}, headers=seen).status_code == 412
    assert client.post(f"{address}/draft").status_code == 202
    assert client.get(address).json()["content"]["lessons"][0]["state"] == "drafted"


def test_a_part_is_drafted_anew_and_taken_back(client: TestClient) -> None:
    course = drafted(client)
    address = f"/api/courses/{course['course_id']}/parts/l1-b1"
    anew = client.post(f"{address}/redraft", json={"instruction": "Shorter"}, headers={"If-Match": '"1"'}).json()
    assert anew["part"]["claims"][0]["text"] == "Shorter, from Leave"
    versions = client.get(f"{address}/versions").json()
    body = {"revision": versions[-1]["revision"]}
    back = client.post(f"{address}/take-back", json=body, headers={"If-Match": '"2"'}).json()
    assert back["part"]["claims"][0]["text"] == "model says l1-b1."


def test_an_export_is_a_download_that_can_be_read_again(client: TestClient) -> None:
    course = drafted(client)
    address = f"/api/courses/{course['course_id']}/export"
    reply = client.get(address, params={"draft": "true"})
    assert reply.headers["content-disposition"] == f'attachment; filename="course-{course["course_id"]}.json"'
    assert read_content(reply.content).title == "Rules"
    assert client.get(address).status_code == 404
    refused = client.get(address, params={"format": "scorm", "draft": "true"})
    assert (refused.status_code, "json, markdown, html" in refused.json()["detail"]) == (422, True)


def test_a_course_of_documents_that_one_may_not_see_is_as_absent(client: TestClient) -> None:
    client.post("/api/documents", files={"file": ("pay.md", LEAVE.encode())}, data={"audience": "board"})
    course = client.post("/api/courses", json={"documents": ["pay.md"]}).json()["course"]
    mara = {HEADER: "mara"}
    there = client.get(f"/api/courses/{course['course_id']}", headers=mara)
    absent = client.get("/api/courses/99", headers=mara)
    assert (there.status_code, absent.status_code) == (404, 404)
    assert there.json()["detail"].replace(str(course["course_id"]), "99") == absent.json()["detail"]
    assert client.get("/api/courses", headers=mara).json() == {"courses": [], "total": 0}

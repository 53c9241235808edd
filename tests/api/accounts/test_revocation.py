"""Disabling somebody on a server that runs: everything of theirs ends within seconds."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import httpx

from api.context_names import FORM_HEADER, SESSION_COOKIE, TOKEN_HEADER
from tests.api.commands.test_jobs import a_process, call
from tests.assistant.scripted_model import ModelServer, Reply
from tests.chaos.disturbance import write_documents
from tests.contracts.job_queue import until

PASSWORD = "moss lantern quiet 42"
WITHIN_S = 5.0
LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n"


def sign_in(address: str, link: str) -> httpx.Client:
    """As a browser does, which treats connections to this machine as protected ones."""
    browser = httpx.Client(base_url=address, timeout=30, trust_env=False)
    reply = browser.post(link, data={"password": PASSWORD, "again": PASSWORD})
    assert reply.status_code == 303, reply.text
    secret = reply.headers["set-cookie"].split(f"{SESSION_COOKIE}=")[1].split(";")[0]
    browser.cookies.clear()
    browser.headers["Cookie"] = f"{SESSION_COOKIE}={secret}"
    return browser


def end_of(browser: httpx.Client, method: str, address: str, begun: Event, asked: object = None) -> float:
    """When the stream is over; `begun` is set once it has been let in."""
    headers = {"Accept": "text/event-stream"}
    with browser.stream(method, address, headers=headers, json=asked, timeout=60) as reply:
        assert reply.status_code == 200
        begun.set()
        try:
            for _ in reply.iter_raw():
                pass
        except httpx.TransportError:
            # Cut off in the middle, as a reply that must not go on is.
            pass
        return time.monotonic()


def test_disabling_ends_sessions_keys_streams_and_jobs_within_five_seconds(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "notes"
    write_documents(folder, 60, seed=3)
    unending = Reply(pieces=["Every employee gets thirty days of leave a year. [S1]"], keep_alives=600)
    assert call(data, "user", "add", "ana", "--role", "admin").returncode == 0
    link = json.loads(call(data, "user", "add", "mara", "--role", "sme", "--json").stdout)
    with (
        ModelServer(unending) as model,
        a_process("serve", data, "--port", "0", MODEL="openai/scripted", MODEL_API_BASE=model.address),
    ):
        server = json.loads((data / "server.json").read_text())
        browser = sign_in(server["address"], link["link"]["link"])
        key = json.loads(call(data, "key", "add", "mara", "report", "--json").stdout)["secret"]
        program = httpx.Client(
            base_url=server["address"], headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
        )
        local = httpx.Client(
            base_url=server["address"], headers={TOKEN_HEADER: server["token"]}, timeout=30, trust_env=False
        )
        with closing(browser), closing(program), closing(local):
            assert browser.get("/api/status").status_code == 200
            assert program.get("/api/status").status_code == 200
            files = [{"path": str(path), "name": path.name} for path in sorted(folder.iterdir())]
            job = local.post("/api/local/ingest", json={"files": files}, headers={"X-Groundwork-As": "mara"}).json()
            until(lambda: bool(local.get(f"/api/jobs/{job['job_id']}").json()["state"] in ("running", "done")))

            local.post("/api/documents", files={"file": ("leave.md", LEAVE)}).raise_for_status()
            question = {"question": "How many days of leave does an employee get?"}
            listening, asking = Event(), Event()
            with ThreadPoolExecutor(2) as pool:
                jobs = pool.submit(end_of, browser, "GET", "/api/jobs/events", listening)
                answer = pool.submit(end_of, program, "POST", "/api/ask", asking, question)
                assert listening.wait(30)
                until(lambda: asking.is_set() and len(model.requests) > 0)
                assert not jobs.done()
                assert not answer.done()
                assert local.post(f"/api/admin/accounts/{link['account_id']}/disable").status_code == 200
                disabled = time.monotonic()
                assert jobs.result() - disabled < WITHIN_S
                assert answer.result() - disabled < WITHIN_S
            assert browser.get("/api/status").status_code == 401
            assert program.get("/api/status").status_code == 401
            assert browser.post("/sign-out", headers={FORM_HEADER: "any"}).status_code == 401
            state = local.get(f"/api/jobs/{job['job_id']}").json()
            assert state["cancel_requested"] or state["state"] in ("cancelled", "done")
            until(lambda: bool(local.get(f"/api/jobs/{job['job_id']}").json()["state"] in ("cancelled", "done")))

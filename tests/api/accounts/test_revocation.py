"""Disabling somebody on a server that runs: everything of theirs ends within seconds."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx

from api.context_names import FORM_HEADER, SESSION_COOKIE, TOKEN_HEADER
from tests.api.commands.test_jobs import a_process, call
from tests.chaos.disturbance import write_documents
from tests.contracts.job_queue import until

PASSWORD = "moss lantern quiet 42"
WITHIN_S = 5.0


def sign_in(address: str, link: str) -> httpx.Client:
    """As a browser does, which treats connections to this machine as protected ones."""
    browser = httpx.Client(base_url=address, timeout=30, trust_env=False)
    reply = browser.post(link, data={"password": PASSWORD, "again": PASSWORD})
    assert reply.status_code == 303, reply.text
    secret = reply.headers["set-cookie"].split(f"{SESSION_COOKIE}=")[1].split(";")[0]
    browser.cookies.clear()
    browser.headers["Cookie"] = f"{SESSION_COOKIE}={secret}"
    return browser


def seconds_until_it_ends(browser: httpx.Client, began: Callable[[], None]) -> float:
    """How long after `began` has returned the stream of all jobs goes on."""
    with browser.stream("GET", "/api/jobs/events", headers={"Accept": "text/event-stream"}, timeout=60) as reply:
        assert reply.status_code == 200
        began()
        started = time.monotonic()
        try:
            for _ in reply.iter_raw():
                pass
        except httpx.TransportError:
            # Cut off in the middle, as a reply that must not go on is.
            pass
        return time.monotonic() - started


def test_disabling_ends_sessions_keys_streams_and_jobs_within_five_seconds(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "notes"
    write_documents(folder, 60, seed=3)
    assert call(data, "user", "add", "ana", "--role", "admin").returncode == 0
    link = json.loads(call(data, "user", "add", "mara", "--role", "sme", "--json").stdout)
    with a_process("serve", data, "--port", "0"):
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

            def disable() -> None:
                assert local.post(f"/api/admin/accounts/{link['account_id']}/disable").status_code == 200

            with ThreadPoolExecutor(1) as pool:
                took = pool.submit(seconds_until_it_ends, browser, disable).result()
            assert took < WITHIN_S
            assert browser.get("/api/status").status_code == 401
            assert program.get("/api/status").status_code == 401
            assert browser.post("/sign-out", headers={FORM_HEADER: "any"}).status_code == 401
            state = local.get(f"/api/jobs/{job['job_id']}").json()
            assert state["cancel_requested"] or state["state"] in ("cancelled", "done")
            until(lambda: bool(local.get(f"/api/jobs/{job['job_id']}").json()["state"] in ("cancelled", "done")))

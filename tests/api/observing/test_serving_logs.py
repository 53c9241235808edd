"""What a server as a process writes into its log while people ask it about secrets."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

SERVE = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
CANARIES = {
    place: f"c4nary{number}q{place.replace(' ', '')}"
    for number, place in enumerate(
        ("query", "question", "file name", "content", "agent", "bearer", "cookie", "path", "model key", "job address")
    )
}


def test_no_question_document_name_or_secret_gets_into_the_log(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GROUNDWORK_")} | {
        "GROUNDWORK_MODEL_API_KEY": CANARIES["model key"],
        "GROUNDWORK_LOG_LEVEL": "debug",
        "GROUNDWORK_VECTOR_INDEX": "exact",
        "GROUNDWORK_OTEL_ENDPOINT": f"http://ana:{CANARIES['job address']}@127.0.0.1:9",
    }
    with tempfile.TemporaryFile("w+") as log:
        with subprocess.Popen(
            [*SERVE, "--data", str(tmp_path / "data")], stdout=subprocess.PIPE, stderr=log, text=True, env=environment
        ) as process:
            try:
                assert process.stdout is not None
                address = process.stdout.readline().split()[2].rstrip(",")
                asked = _ask_everything(address)
            finally:
                process.terminate()
                process.wait(timeout=30)
        log.seek(0)
        written = log.read()
    found = [place for place, canary in CANARIES.items() if canary in written]
    assert not found
    lines = [json.loads(line) for line in written.splitlines() if line != "Stopping..."]
    told = [(line["method"], line["route"], line["status"]) for line in lines if line["message"] == "request"]
    assert set(asked) <= set(told)
    assert all(line["request_id"] for line in lines if line["message"] == "request")


def _ask_everything(address: str) -> list[tuple[str, str, int]]:
    headers = {
        "User-Agent": CANARIES["agent"],
        "Cookie": f"groundwork={CANARIES['cookie']}",
        "Authorization": f"Bearer {CANARIES['bearer']}",
    }
    with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        added = client.post(
            "/api/documents",
            files={"file": (f"{CANARIES['file name']}.md", f"# Pay\n\nThe {CANARIES['content']} is paid.\n".encode())},
            data={"audience": "everyone"},
        )
        assert added.status_code == 201, added.text
        broken = client.post("/api/documents", files={"file": (f"{CANARIES['file name']}.pdf", b"%PDF-1.7 no")})
        asked = client.post("/api/ask", json={"question": f"What is the {CANARIES['question']}?"})
        searched = client.get("/api/search", params={"q": CANARIES["query"]})
        long = client.post("/api/ask", json={"question": CANARIES["question"] * 500})
        lost = client.get(f"/{CANARIES['path']}")
        cited = client.post("/api/citations", json={"chunk_id": 1, "quote": CANARIES["content"] + " x"})
        return [
            ("POST", "/api/documents", added.status_code),
            ("POST", "/api/documents", broken.status_code),
            ("POST", "/api/ask", asked.status_code),
            ("GET", "/api/search", searched.status_code),
            ("POST", "/api/ask", long.status_code),
            ("GET", "unmatched", lost.status_code),
            ("POST", "/api/citations", cited.status_code),
        ]

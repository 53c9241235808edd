"""A language model's API on this machine that speaks OpenAI's protocol and says what the first source says.

The first piece comes after 60 ms, each further one of four words after 15 ms.

Usage: python -m benchmarks.scripted_provider prints its address and serves until it is stopped.
"""

import asyncio
import json
import re
from collections.abc import Iterator

FIRST_PIECE_S = 0.06
PIECE_S = 0.015
PIECE_WORDS = 4
SENTENCES = 2

_SOURCE = re.compile(r'<source id="S1" title="[^"]*">\n(.*?)\n</source>', re.DOTALL)
_SENTENCE = re.compile(r"[A-Z][^.!?|\n]{20,200}[.!?](?=\s|$)")


def main() -> None:
    asyncio.run(_serve())


async def _serve() -> None:
    server = await asyncio.start_server(_reply, "127.0.0.1", 0, backlog=2048)
    host, port = server.sockets[0].getsockname()[:2]
    print(f"http://{host}:{port}/v1", flush=True)  # noqa: T201
    async with server:
        await server.serve_forever()


async def _reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
        body = json.loads(await reader.readexactly(int(length[1]) if length else 0))
        asked = "\n".join(message["content"] for message in body["messages"])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        said, pause_s = 0, FIRST_PIECE_S
        for piece in pieces(asked):
            await asyncio.sleep(pause_s)
            pause_s = PIECE_S
            said += 1
            writer.write(_event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}))
            await writer.drain()
        writer.write(_event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
        counted = {"prompt_tokens": len(asked) // 4, "completion_tokens": said * PIECE_WORDS}
        writer.write(_event({"choices": [], "usage": counted | {"total_tokens": sum(counted.values())}}))
        writer.write(b"data: [DONE]\n\n")
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        return
    finally:
        writer.close()


def pieces(asked: str) -> Iterator[str]:
    """The first sentences of the first source, with its marker, some words at a time."""
    source = _SOURCE.search(asked)
    sentences = _SENTENCE.findall(source[1])[:SENTENCES] if source else []
    words = " ".join(f"{sentence} [S1]" for sentence in sentences).split() or ["NOT_FOUND"]
    for start in range(0, len(words), PIECE_WORDS):
        yield " ".join(words[start : start + PIECE_WORDS]) + " "


def _event(content: dict[str, object]) -> bytes:
    event = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "scripted"} | content
    return f"data: {json.dumps(event)}\n\n".encode()


if __name__ == "__main__":
    main()

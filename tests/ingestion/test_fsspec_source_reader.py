"""Objects of an S3-compatible store are read, from a real server on this machine."""

from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
import pytest
from moto.server import ThreadedMotoServer

from ingestion.fsspec_source_reader import BucketAccess, FsspecSourceReader
from ingestion.ingest import FileTooLarge
from ingestion.source_reading import BadSource, ItemGone, ListedItem, SourceUnavailable


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(endpoint: str) -> Any:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket="handbook")
    for name, content in {"docs/leave.md": b"Thirty days.", "docs/hr/pay.md": b"Monthly.", "other.md": b"No."}.items():
        client.put_object(Bucket="handbook", Key=name, Body=content)
    yield client
    for entry in client.list_objects_v2(Bucket="handbook").get("Contents", []):
        client.delete_object(Bucket="handbook", Key=entry["Key"])
    client.delete_bucket(Bucket="handbook")
    client.close()


def a_reader(endpoint: str, address: str = "s3://handbook/docs/", max_bytes: int = 1000) -> FsspecSourceReader:
    return FsspecSourceReader(address, BucketAccess(endpoint, "us-east-1", "key", "secret"), max_bytes)


def listed(reader: FsspecSourceReader) -> dict[str, ListedItem]:
    return {item.key: item for item in reader.list_items(lambda key: None)}


def test_objects_below_the_address_are_listed_and_read(endpoint: str, store: Any) -> None:
    reader = a_reader(endpoint)
    items = listed(reader)
    assert {key: item.size for key, item in items.items()} == {"leave.md": 12, "hr/pay.md": 8}
    assert items["hr/pay.md"].origin == "s3://handbook/docs/hr/pay.md"
    found = reader.fetch(items["leave.md"])
    assert found is not None
    assert found.content == b"Thirty days."
    reader.close()


def test_a_whole_bucket_is_read(endpoint: str, store: Any) -> None:
    assert set(listed(a_reader(endpoint, "s3://handbook"))) == {"docs/leave.md", "docs/hr/pay.md", "other.md"}


def test_only_what_changed_has_another_stamp(endpoint: str, store: Any) -> None:
    before = listed(a_reader(endpoint))
    store.put_object(Bucket="handbook", Key="docs/leave.md", Body=b"Twenty days.")
    after = listed(a_reader(endpoint))
    assert before["hr/pay.md"].stamp == after["hr/pay.md"].stamp
    assert before["leave.md"].stamp != after["leave.md"].stamp


def test_what_is_gone_or_too_large_is_told(endpoint: str, store: Any) -> None:
    reader = a_reader(endpoint, max_bytes=10)
    items = listed(reader)
    with pytest.raises(FileTooLarge):
        reader.fetch(items["leave.md"])
    store.delete_object(Bucket="handbook", Key="docs/hr/pay.md")
    with pytest.raises(ItemGone):
        reader.fetch(items["hr/pay.md"])


def test_a_bucket_that_is_not_there_is_a_failure(endpoint: str) -> None:
    with pytest.raises(SourceUnavailable):
        listed(a_reader(endpoint, "s3://nowhere"))


@pytest.mark.parametrize(
    "address", ["file:///etc", "http://127.0.0.1/x", "memory://x", "s3://", "handbook", "local://x"]
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(BadSource):
        FsspecSourceReader(address, BucketAccess(), 1000)

"""Uploads, deletions and deliveries in every order, over moto: the newest upload wins.

Each request to S3 is a step of its own, so that deliveries interleave at every request and are killed before
or after any. COLORQUANT_RUNS sets the number of runs; 500 make a long one.
"""

from __future__ import annotations

import io
import json
import os
import threading
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from PIL import Image

from colorquant import Settings
from colorquant.aws import newest
from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import OvertakenError
from colorquant.aws.events import UploadedObject
from colorquant.aws.outputs import ERROR, PALETTE, image_file
from colorquant.aws.store import Store
from colorquant.stopwatch import Stopwatch

RUNS = int(os.environ.get("COLORQUANT_RUNS", "25"))
IMAGE = image_file(Settings())
# Mostly one, where deliveries meet; the other one's name is an output of the first.
KEYS = ("a.png", "a.png", "a.png", "a.png.quantized.png")
MOST_AT_ONCE = 3
MOST_DELIVERIES = 100
# A delivery without trouble makes seven requests.
MOST_STEPS = 8


def picture(color: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), color).save(buffer, "PNG")
    return buffer.getvalue()


class Killed(BaseException):
    """Lambda stopped the function: nothing of it goes on."""


class Delivery:
    """One invocation, in a thread that waits for its turn before each request to S3.

    It is the client that its store uses.
    """

    def __init__(self, key: str, machine: NewestWins) -> None:
        self.key = key
        self.finished = self.succeeded = False
        self._machine = machine
        self._fate = "live"
        self._turn, self._waiting = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self._waiting.acquire()

    def step(self, fate: str = "live") -> None:
        """Let it make the request that it waits for, or kill it before or after that."""
        self._fate = fate
        self._turn.release()
        self._waiting.acquire()
        if self.finished:
            self._thread.join()

    def get_object(self, **arguments: Any) -> Any:
        return self._request("get_object", arguments)

    def head_object(self, **arguments: Any) -> Any:
        return self._request("head_object", arguments)

    def put_object(self, **arguments: Any) -> Any:
        return self._request("put_object", arguments)

    def delete_object(self, **arguments: Any) -> Any:
        return self._request("delete_object", arguments)

    def _request(self, operation: str, arguments: dict[str, Any]) -> Any:
        self._waiting.release()
        self._turn.acquire()
        if self._fate == "before":
            raise Killed
        response = self._machine.request(operation, arguments)
        if self._fate == "after":
            raise Killed
        return response

    def _run(self) -> None:
        uploaded = UploadedObject(self._machine.inputs, self.key)
        store = self._machine.store_class(self, self._machine.outputs)
        try:
            newest.settle(uploaded, store, Settings(), Deadline(lambda: 900_000), Stopwatch())
            self.succeeded = True
        except (Killed, ClientError, OvertakenError):
            pass
        finally:
            self.finished = True
            self._waiting.release()


class NewestWins(RuleBasedStateMachine):
    client: Any = None
    store_class = Store
    times_quiet = 0

    def __init__(self) -> None:
        super().__init__()
        self.inputs, self.outputs = f"in-{uuid4()}", f"out-{uuid4()}"
        self.uploaded = 0
        self.uploads: dict[str, list[tuple[str, bytes]]] = {}
        self.sources: dict[str, list[tuple[str, str]]] = {}
        self.etags: dict[str, list[str]] = {}
        self.deleted: set[str] = set()
        self.events: list[str] = []
        self.running: list[Delivery] = []
        self.steps_back: list[str] = []

    @initialize(versioned=st.booleans())
    def make_buckets(self, versioned: bool) -> None:
        for bucket in (self.inputs, self.outputs):
            self.client.create_bucket(Bucket=bucket)
            if versioned:
                self.client.put_bucket_versioning(
                    Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
                )

    # One rule, since hypothesis leaves rules out at random, and every run shall have every kind of trouble.
    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        possible = [self.upload, self.upload_garbage]
        if self.uploads:
            possible += [self.upload_the_same_again, self.delete]
        if self.events and len(self.running) < MOST_AT_ONCE:
            possible += [self.deliver] * 3 + [self.deliver_twice]
        if self.running:
            possible += [self.go_on] * 4 + [self.crash]
        if self.uploaded > 5:
            possible += [self.when_all_is_quiet_the_newest_has_won]
        action = data.draw(st.sampled_from(possible))
        action(data)

    # What people do.

    def upload(self, data: st.DataObject) -> None:
        self.uploaded += 1
        name = f"#{self.uploaded:06x}"
        self.put(data.draw(st.sampled_from(KEYS)), name, picture(name))

    def upload_garbage(self, data: st.DataObject) -> None:
        self.uploaded += 1
        self.put(data.draw(st.sampled_from(KEYS)), "", f"no image {self.uploaded}".encode())

    def upload_the_same_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.uploads)))
        self.put(key, *data.draw(st.sampled_from(self.uploads[key])))

    def put(self, key: str, color: str, body: bytes) -> None:
        self.client.put_object(Bucket=self.inputs, Key=key, Body=body)
        self.uploads.setdefault(key, []).append((color, body))
        self.sources.setdefault(key, []).append(self.source(key))
        self.deleted.discard(key)
        self.events.append(key)

    def delete(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.uploads)))
        self.client.delete_object(Bucket=self.inputs, Key=key)
        self.deleted.add(key)

    # What Lambda does.

    def deliver(self, data: st.DataObject) -> None:
        key = self.events.pop(data.draw(st.integers(0, len(self.events) - 1)))
        self.running.append(Delivery(key, self))
        self.go_on(data)

    def deliver_twice(self, data: st.DataObject) -> None:
        self.running.append(Delivery(data.draw(st.sampled_from(self.events)), self))
        self.go_on(data)

    def go_on(self, data: st.DataObject) -> None:
        delivery = data.draw(st.sampled_from(self.running))
        for _ in range(data.draw(st.integers(1, MOST_STEPS))):
            self.step(delivery)

    def crash(self, data: st.DataObject) -> None:
        delivery = data.draw(st.sampled_from(self.running))
        self.step(delivery, data.draw(st.sampled_from(["before", "after"])))

    def step(self, delivery: Delivery, fate: str = "live") -> None:
        if not delivery.finished:
            delivery.step(fate)
        if delivery.finished and delivery in self.running:
            self.running.remove(delivery)
            if not delivery.succeeded:
                self.events.append(delivery.key)

    def request(self, operation: str, arguments: dict[str, Any]) -> Any:
        if operation != "put_object":
            return getattr(self.client, operation)(**arguments)
        output = arguments["Key"]
        before, etag = self.origin(output), self.etags.get(output, [""])[-1]
        response = self.client.put_object(**arguments)
        # No condition can tell outputs of equal bytes apart, see `newest`.
        if self.etags.setdefault(output, []).count(etag) < 2 and self.is_older(self.origin(output), before):
            self.steps_back.append(output)
        self.etags[output].append(response["ETag"])
        return response

    def is_older(self, one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool:
        for sources in self.sources.values():
            if one in sources and other in sources:
                # Without versions, the same bytes uploaded twice are one source: only what is sure counts.
                latest = len(sources) - 1 - sources[::-1].index(one)
                return latest < sources.index(other)
        return False

    # What must hold.

    @invariant()
    def no_result_gives_way_to_an_older_one(self) -> None:
        assert self.steps_back == []

    def when_all_is_quiet_the_newest_has_won(self, _data: st.DataObject | None = None) -> None:
        deliveries = 0
        while self.running or self.events:
            if not self.running:
                deliveries += 1
                assert deliveries < MOST_DELIVERIES, "it never comes to rest"
                self.running.append(Delivery(self.events.pop(), self))
            self.step(self.running[0])
        for key in self.uploads:
            self.check(key)
        expected = {key + file.suffix for key in self.uploads for file in (PALETTE, IMAGE, ERROR)}
        assert self.everything() <= expected
        type(self).times_quiet += 1

    def check(self, key: str) -> None:
        standing = [self.standing(key + file.suffix) for file in (PALETTE, IMAGE, ERROR)]
        palette, png, error = (found and found.value for found in standing)
        if key in self.deleted:
            complete = palette is not None and png is not None
            assert error or (
                complete and self.origin(key + PALETTE.suffix) == self.origin(key + IMAGE.suffix)
            )
        elif self.uploads[key][-1][1].startswith(b"no image"):
            assert error
            assert self.origin(key + ERROR.suffix) == self.source(key)
            told = json.loads(error)["source"]
            assert (told["etag"], told["version"]) == self.source(key)
        else:
            color, _ = self.uploads[key][-1]
            assert error is None
            assert [entry["hex"] for entry in json.loads(palette)["palette"]] == [color]
            assert Image.open(io.BytesIO(png)).convert("RGB").getcolors() == [
                (16, tuple(bytes.fromhex(color[1:])))
            ]
            assert self.origin(key + PALETTE.suffix) == self.origin(key + IMAGE.suffix) == self.source(key)

    def teardown(self) -> None:
        self.when_all_is_quiet_the_newest_has_won()

    # How the machine sees the buckets: not by requests, which would take most of its time.

    def everything(self) -> set[str]:
        return {
            entry["Key"] for entry in self.client.list_objects_v2(Bucket=self.outputs).get("Contents", [])
        }

    def standing(self, output: str) -> Any:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].get_object(self.outputs, output)

    def source(self, key: str) -> tuple[str, str]:
        head = self.client.head_object(Bucket=self.inputs, Key=key)
        return head["ETag"], head.get("VersionId", "")

    def origin(self, output: str) -> tuple[str, str] | None:
        standing = self.standing(output)
        if standing is None:
            return None
        return standing.metadata["x-amz-meta-source-etag"], standing.metadata["x-amz-meta-source-version"]


@pytest.fixture(scope="module")
def s3():
    with mock_aws():
        yield boto3.client("s3", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def run(machine: type[NewestWins], client: Any, **options: Any) -> None:
    machine.client = client
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            **options,
        ),
    )


def test_the_newest_upload_wins_and_nothing_is_left_behind(s3):
    run(NewestWins, s3)
    assert NewestWins.times_quiet >= RUNS


class WritesUnconditionally(Store):
    def put(self, *arguments: Any, **options: Any) -> None:
        client = self._client
        self._client = Unconditional(client)
        try:
            super().put(*arguments, **options)
        finally:
            self._client = client


class Unconditional:
    def __init__(self, client: Any) -> None:
        self._client = client

    def put_object(self, **arguments: Any) -> Any:
        arguments.pop("IfMatch", None)
        arguments.pop("IfNoneMatch", None)
        return self._client.put_object(**arguments)


class DoesNotLookAgain(Store):
    def is_newest(self, _upload: Any) -> bool:
        return True


def test_the_machine_catches_a_store_that_writes_unconditionally(s3):
    broken = type("Broken", (NewestWins,), {"store_class": WritesUnconditionally})
    with pytest.raises((AssertionError, ExceptionGroup)):
        run(broken, s3, derandomize=True, phases=[Phase.generate], print_blob=False)


def garbage_is_overtaken_by_a_picture(store_class: type[Store], client: Any) -> NewestWins:
    """A delivery is about to explain an upload when a newer one comes and is delivered."""
    machine = type("Machine", (NewestWins,), {"client": client, "store_class": store_class})()
    machine.make_buckets(versioned=True)
    machine.put(KEYS[0], "", b"no image")
    slow = Delivery(KEYS[0], machine)
    for _ in range(4):
        slow.step()
    machine.put(KEYS[0], "#123456", picture("#123456"))
    for delivery in (Delivery(KEYS[0], machine), slow):
        while not delivery.finished:
            delivery.step()
    machine.events.clear()
    return machine


def test_an_explanation_that_came_too_late_is_taken_back(s3):
    garbage_is_overtaken_by_a_picture(Store, s3).check(KEYS[0])


def test_it_would_stay_if_the_upload_were_not_looked_at_again(s3):
    with pytest.raises(AssertionError):
        garbage_is_overtaken_by_a_picture(DoesNotLookAgain, s3).check(KEYS[0])

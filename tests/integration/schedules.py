"""Uploads, deletions, deliveries and deployments in any order, over moto.

Each request to S3 is a step of its own, so that deliveries interleave at every request and are killed before
or after any.
"""

from __future__ import annotations

import io
import json
import threading
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from PIL import Image

from colorquant import Settings
from colorquant.aws import newest
from colorquant.aws.configuration import DELETE, KEEP, Configuration
from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import OvertakenError
from colorquant.aws.events import UploadedObject
from colorquant.aws.outputs import ERROR, IMAGES, PALETTE, RESULTS, image_file, result_files
from colorquant.aws.provenance import Deployment, Provenance, digest
from colorquant.aws.store import Store
from colorquant.settings import OUTPUT_FORMATS
from colorquant.stopwatch import Stopwatch

# Mostly one, where deliveries meet; the last one's name is an output of the first.
KEYS = ("a.png", "a.png", "a.png", "logos/a.png", "a.png.quantized.png")
PREFIXES = {"logos/": {"palette": ("#ffffff",)}}
BLACK = {"colorquant-palette": "#000000"}
IMPOSSIBLE = {"colorquant-max-colors": "many"}
MOST_AT_ONCE = 3
MOST_DELIVERIES = 200
# A delivery without trouble looks at up to five objects, reads, writes two and looks once more.
MOST_STEPS = 9


def picture(*colors: str) -> bytes:
    """Give stripes: with the colors the other way round, another picture of the same palette."""
    image = Image.new("RGB", (4, 4))
    for column in range(4):
        color = colors[column * len(colors) // 4]
        image.paste(color, (column, 0, column + 1, 4))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@dataclass(frozen=True)
class Sent:
    """What somebody uploaded; no colors for what is not an image."""

    body: bytes
    colors: tuple[str, ...]
    metadata: tuple[tuple[str, str], ...] = ()

    @property
    def has_result(self) -> bool:
        return bool(self.colors) and dict(self.metadata) != IMPOSSIBLE

    def pixels(self, key: str) -> bytes:
        """Give the result's pixels, worked out without the service."""
        flat = "#000000" if dict(self.metadata) == BLACK else "#ffffff" if key.startswith("logos/") else None
        colors = (flat,) if flat else self.colors
        row = b"".join(bytes.fromhex(colors[column * len(colors) // 4][1:]) for column in range(4))
        return row * 4


def request_of(metadata: dict[str, str]) -> str:
    asked = {name.removeprefix("colorquant-").replace("-", "_"): text for name, text in metadata.items()}
    return digest(asked) if asked else ""


# What each request's digest in a result's provenance stands for.
REQUESTS = {request_of(metadata): str(sorted(metadata.items())) for metadata in ({}, BLACK, IMPOSSIBLE)}


class Killed(BaseException):
    """Lambda stopped the function: nothing of it goes on."""


class Delivery:
    """One invocation, in a thread that waits for its turn before each request to S3.

    It is the client that its store uses.
    """

    def __init__(self, key: str, machine: NewestWins, configuration: Configuration | None = None) -> None:
        self.key = key
        self.waits_for = ""
        self.finished = self.succeeded = False
        self.outcome: Any = None
        self.configuration = configuration or machine.configuration
        self._machine = machine
        self._fate = "live"
        self._turn, self._waiting = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._waiting.acquire()

    def step(self, fate: str = "live") -> None:
        """Let it make the request that it waits for, or kill it before or after that."""
        assert not self.finished
        self._fate = fate
        self._turn.release()
        self._waiting.acquire()
        if self.finished:
            self._thread.join()

    def step_until(self, operation: str) -> None:
        """Let it get as far as a request of some kind, which it has not made yet."""
        while self.waits_for != operation:
            self.step()

    def finish(self) -> None:
        while not self.finished:
            self.step()

    def get_object(self, **arguments: Any) -> Any:
        return self._request("get_object", arguments)

    def head_object(self, **arguments: Any) -> Any:
        return self._request("head_object", arguments)

    def put_object(self, **arguments: Any) -> Any:
        return self._request("put_object", arguments)

    def delete_object(self, **arguments: Any) -> Any:
        return self._request("delete_object", arguments)

    def _request(self, operation: str, arguments: dict[str, Any]) -> Any:
        self.waits_for = operation
        self._waiting.release()
        self._turn.acquire()
        self.waits_for = ""
        if self._fate == "before":
            raise Killed
        response = self._machine.request(operation, arguments)
        if self._fate == "after":
            raise Killed
        return response

    def _run(self) -> None:
        uploaded = UploadedObject(self._machine.inputs, self.key)
        store = self._machine.store_class(self, self.configuration)
        try:
            self.outcome = newest.settle(uploaded, store, Deadline(lambda: 900_000), Stopwatch())
            self.succeeded = True
        except (Killed, ClientError, OvertakenError):
            pass
        finally:
            self.finished = True
            self._waiting.release()


class NewestWins(RuleBasedStateMachine):
    """What people, Lambda and operators do to one deployment."""

    client: Any = None
    store_class = Store
    times_quiet = 0

    def __init__(self) -> None:
        super().__init__()
        self.inputs, self.outputs = f"in-{uuid4()}", f"out-{uuid4()}"
        self.uploaded = 0
        self.uploads: dict[str, list[Sent]] = {}
        self.sources: dict[str, list[tuple[str, ...]]] = {}
        self.etags: dict[str, list[str]] = {}
        self.deleted: set[str] = set()
        self.events: list[str] = []
        self.running: list[Delivery] = []
        self.steps_back: list[str] = []
        self.redeployed = False

    @initialize(versioned=st.booleans(), stale_results=st.sampled_from([KEEP, DELETE]))
    def begin(self, versioned: bool, stale_results: str = KEEP) -> None:
        for bucket in (self.inputs, self.outputs):
            self.client.create_bucket(Bucket=bucket)
            if versioned:
                self.client.put_bucket_versioning(
                    Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
                )
        self.configuration = Configuration(
            output_bucket=self.outputs,
            settings=Settings(),
            prefixes=PREFIXES,
            stale_results=stale_results,
            deployment=Deployment(1),
        )
        self.before = self.configuration

    # One rule, since hypothesis leaves rules out at random, and every run shall have every kind of trouble.
    @rule(data=st.data())
    def something_happens(self, data: st.DataObject) -> None:
        possible = [self.upload, self.upload_garbage]
        if self.uploads:
            possible += [self.upload_the_same_again, self.delete]
        if self.events and len(self.running) < MOST_AT_ONCE:
            possible += [self.deliver] * 3 + [self.deliver_twice]
        if self.running:
            possible += [self.go_on] * 4 + [self.crash, self.redeploy]
        if self.uploaded > 5:
            possible += [self.when_all_is_quiet_the_newest_has_won]
        action = data.draw(st.sampled_from(possible))
        action(data)

    # What people do.

    def upload(self, data: st.DataObject) -> None:
        self.uploaded += 1
        colors = (f"#{self.uploaded:06x}", f"#ff{self.uploaded:04x}")
        order = colors if data.draw(st.booleans()) else colors[::-1]
        metadata = data.draw(st.sampled_from([{}, {}, BLACK, IMPOSSIBLE]))
        self.put(data.draw(st.sampled_from(KEYS)), Sent(picture(*order), order, tuple(metadata.items())))

    def upload_garbage(self, data: st.DataObject) -> None:
        self.uploaded += 1
        self.put(data.draw(st.sampled_from(KEYS)), Sent(f"no image {self.uploaded}".encode(), ()))

    def upload_the_same_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.uploads)))
        again = data.draw(st.sampled_from(self.uploads[key]))
        if again.colors:
            kind = data.draw(st.sampled_from(["same", "mirrored", "other settings"]))
            if kind == "mirrored":
                again = replace(again, body=picture(*again.colors[::-1]), colors=again.colors[::-1])
            elif kind == "other settings":
                again = replace(again, metadata=() if again.metadata else tuple(BLACK.items()))
        self.put(key, again)

    def put(self, key: str, sent: Sent) -> None:
        self.client.put_object(Bucket=self.inputs, Key=key, Body=sent.body, Metadata=dict(sent.metadata))
        self.uploads.setdefault(key, []).append(sent)
        self.sources.setdefault(key, []).append(self.source(key))
        self.deleted.discard(key)
        self.events.append(key)

    def delete(self, data: st.DataObject) -> None:
        self.take_away(data.draw(st.sampled_from(sorted(self.uploads))))

    def take_away(self, key: str) -> None:
        self.client.delete_object(Bucket=self.inputs, Key=key)
        self.deleted.add(key)
        if self.configuration.stale_results == DELETE:
            self.events.append(key)

    # What operators do.

    def redeploy(self, data: st.DataObject) -> None:
        self.deploy(
            output_format=data.draw(st.sampled_from(OUTPUT_FORMATS)), palette_file=data.draw(st.booleans())
        )

    def deploy(self, *, output_format: str, palette_file: bool) -> None:
        self.redeployed = True
        self.before = self.configuration
        self.configuration = replace(
            self.configuration,
            settings=self.configuration.settings.changed(output_format=output_format),
            palette_file=palette_file,
            deployment=Deployment(self.configuration.deployment.at + 1),
        )

    # What Lambda does.

    def deliver(self, data: st.DataObject) -> None:
        key = self.events.pop(data.draw(st.integers(0, len(self.events) - 1)))
        self.begin_delivery(key, data)

    def deliver_twice(self, data: st.DataObject) -> None:
        self.begin_delivery(data.draw(st.sampled_from(self.events)), data)

    def begin_delivery(self, key: str, data: st.DataObject) -> None:
        # While traffic moves, the version before gets calls too, and retries of what the new one began.
        version = data.draw(st.sampled_from([self.configuration, self.before]))
        self.running.append(Delivery(key, self, version))
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

    def is_older(self, one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
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
        self.come_to_rest()
        for key in self.uploads:
            self.check_upload(key)
        if self.redeployed:
            # As after any change of settings.
            self.events += list(self.uploads)
            self.come_to_rest()
        for key in self.uploads:
            self.check(key)
        expected = {key + file.suffix for key in self.uploads for file in (*RESULTS, ERROR)}
        assert self.everything() <= expected
        type(self).times_quiet += 1

    def come_to_rest(self) -> None:
        deliveries = 0
        while self.running or self.events:
            if not self.running:
                deliveries += 1
                assert deliveries < MOST_DELIVERIES, "it never comes to rest"
                self.running.append(Delivery(self.events.pop(), self))
            self.step(self.running[0])

    def check_upload(self, key: str) -> None:
        """Whatever the settings: what stands there is the newest upload's."""
        if key in self.deleted:
            return
        results = {self.origin(key + file.suffix) for file in RESULTS} - {None}
        images = {self.origin(key + file.suffix) for file in IMAGES} - {None}
        error = self.origin(key + ERROR.suffix)
        if self.uploads[key][-1].has_result:
            assert (results, images, error) == ({self.source(key)}, {self.source(key)}, None)
        else:
            assert error == self.source(key)
            assert not (results and self.configuration.stale_results == DELETE)

    def check(self, key: str) -> None:
        deletes = self.configuration.stale_results == DELETE
        error = self.standing(key + ERROR.suffix)
        results = {
            file: self.origin(key + file.suffix) for file in RESULTS if self.standing(key + file.suffix)
        }
        if key in self.deleted:
            assert not (deletes and (error or results))
            assert deletes or error or (results.keys() - {PALETTE} and len(set(results.values())) == 1)
        elif not self.uploads[key][-1].has_result:
            assert error
            assert self.origin(key + ERROR.suffix) == self.source(key)
            told = json.loads(error.value)["source"]
            assert (told["etag"], told["version"]) == self.source(key)[:2]
            assert not (deletes and results)
        else:
            self.check_result(key, results)
            assert error is None

    def check_result(self, key: str, results: dict[Any, Any]) -> None:
        settings = self.configuration.for_key(key)
        wanted = result_files(settings, self.configuration)
        assert results.keys() >= set(wanted)
        if self.configuration.stale_results == DELETE:
            assert results.keys() == set(wanted)
        assert set(results.values()) == {self.source(key)}
        sent = self.uploads[key][-1]
        pixels = sent.pixels(key)
        image = Image.open(io.BytesIO(self.standing(key + image_file(settings).suffix).value)).convert("RGB")
        assert image.tobytes() == pixels
        if self.configuration.palette_file:
            told = json.loads(self.standing(key + PALETTE.suffix).value)["palette"]
            used = {"#" + pixels[at : at + 3].hex() for at in range(0, len(pixels), 3)}
            assert {entry["hex"] for entry in told} == used

    def teardown(self) -> None:
        self.when_all_is_quiet_the_newest_has_won()

    # How the machine sees the buckets: not by requests, which would take most of its time.

    def everything(self) -> set[str]:
        return {
            entry["Key"] for entry in self.client.list_objects_v2(Bucket=self.outputs).get("Contents", [])
        }

    def standing(self, output: str) -> Any:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].get_object(self.outputs, output)

    def source(self, key: str) -> tuple[str, ...]:
        head = self.client.head_object(Bucket=self.inputs, Key=key)
        return head["ETag"], head.get("VersionId", ""), str(sorted(head["Metadata"].items()))

    def origin(self, output: str) -> tuple[str, ...] | None:
        standing = self.standing(output)
        if standing is None:
            return None
        metadata = {
            name.removeprefix("x-amz-meta-"): value for name, value in dict(standing.metadata).items()
        }
        provenance = Provenance.from_metadata(metadata)
        assert provenance
        return provenance.etag, provenance.version, REQUESTS[provenance.request]

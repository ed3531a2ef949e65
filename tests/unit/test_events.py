from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colorquant.aws.errors import EventError
from colorquant.aws.events import UploadedObject, queue_messages, uploaded_objects

EVENTS = Path(__file__).parents[2] / "events"
UPLOAD = UploadedObject("in", "red flower.jpg")


def notification(key: str = "red+flower.jpg", **more: str) -> dict:
    record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": "in"}, "object": {"key": key} | more}}
    return {"Records": [record]}


def in_sqs(event: object) -> dict:
    return {"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": json.dumps(event)}]}


def in_sns(event: object) -> dict:
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": json.dumps(event)}}]}


def as_sns_delivers_to_sqs(event: object) -> dict:
    return {"Type": "Notification", "MessageId": "1", "Message": json.dumps(event)}


def failed(event: object) -> dict:
    return {"version": "1.0", "requestContext": {}, "requestPayload": event, "responsePayload": {}}


ENVELOPES = [in_sqs, in_sns, failed, lambda event: in_sqs(as_sns_delivers_to_sqs(event))]


def test_an_s3_notification_names_bucket_key_and_version():
    event = notification("caf%C3%A9+1%2B1.jpg", versionId="v7")
    assert uploaded_objects(event) == [UploadedObject("in", "café 1+1.jpg", "v7")]


@pytest.mark.parametrize("version", ["2.0", "2.1", "2.3", "3.0"])
def test_any_version_of_the_notification_is_read(version):
    event = notification()
    event["Records"][0]["eventVersion"] = version
    assert uploaded_objects(event) == [UPLOAD]


@given(st.lists(st.sampled_from(ENVELOPES), max_size=3))
def test_an_upload_is_found_through_every_envelope_in_every_other(envelopes):
    event = notification()
    for wrap in envelopes:
        event = wrap(event)
    assert uploaded_objects(event) == [UPLOAD]


def test_a_plus_in_an_eventbridge_key_is_a_plus():
    detail = {"bucket": {"name": "in"}, "object": {"key": "1+1=2%20.jpg", "version-id": "v1"}}
    event = {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}
    assert uploaded_objects(event) == [UploadedObject("in", "1+1=2%20.jpg", "v1")]


def test_s3s_test_event_names_nothing_also_in_a_queue():
    assert uploaded_objects(in_sqs({"Service": "Amazon S3", "Event": "s3:TestEvent"})) == []


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ({"color": "red"}, "color"),
        ([1, 2], "a list of 2"),
        ({"source": "aws.s3", "detail-type": "Object Tags Added", "detail": {}}, "from aws.s3"),
        ({"source": "aws.s3", "detail-type": "Object Deleted", "detail": {}}, "names no bucket and key"),
        ({"Records": [{"eventSource": "aws:kinesis"}]}, "aws:kinesis"),
        (in_sqs("red"), "'red'"),
        ({"Records": [{"eventSource": "aws:sqs", "body": "{"}]}, "not JSON"),
    ],
)
def test_anything_else_is_refused_with_its_shape_named(event, named):
    with pytest.raises(EventError, match=named):
        uploaded_objects(event)


@pytest.mark.parametrize(
    ("name", "deleted"),
    [
        ("ObjectCreated:CompleteMultipartUpload", False),
        ("ObjectRestore:Completed", False),
        ("ObjectRemoved:Delete", True),
        ("ObjectRemoved:DeleteMarkerCreated", True),
        ("LifecycleExpiration:Delete", True),
    ],
)
def test_a_notification_tells_an_upload_from_a_deletion(name, deleted):
    event = notification()
    event["Records"][0]["eventName"] = name
    assert uploaded_objects(event) == [UploadedObject("in", "red flower.jpg", deleted=deleted)]


@pytest.mark.parametrize(
    ("kind", "deleted"),
    [("Object Created", False), ("Object Restore Completed", False), ("Object Deleted", True)],
)
def test_eventbridge_tells_an_upload_from_a_deletion(kind, deleted):
    detail = {"bucket": {"name": "in"}, "object": {"key": "red flower.jpg"}}
    event = {"source": "aws.s3", "detail-type": kind, "detail": detail}
    assert uploaded_objects(event) == [UploadedObject("in", "red flower.jpg", deleted=deleted)]


def test_uploads_and_deletions_may_share_an_event():
    event = notification()
    event["Records"] += notification("old.jpg")["Records"]
    event["Records"][1]["eventName"] = "ObjectRemoved:Delete"
    assert uploaded_objects(event) == [UPLOAD, UploadedObject("in", "old.jpg", deleted=True)]


def test_news_that_is_neither_is_refused_by_its_name():
    event = notification()
    event["Records"][0]["eventName"] = "ObjectTagging:Put"
    with pytest.raises(EventError, match="ObjectTagging:Put"):
        uploaded_objects(event)


def test_the_sentence_about_an_event_is_short_whatever_is_in_it():
    event = {"Records": [{"eventSource": "x" * 100_000, "y" * 100_000: 1}]}
    with pytest.raises(EventError) as caught:
        uploaded_objects(event)
    assert len(str(caught.value)) < 500


def test_a_batch_with_a_record_that_is_no_message_is_taken_whole():
    event = in_sqs(notification())
    event["Records"].append({"eventSource": "aws:sqs"})
    assert queue_messages(event) is None


def test_endless_wrapping_is_refused():
    event: object = notification()
    for _ in range(500):
        event = {"requestPayload": event}
    with pytest.raises(EventError, match="envelopes"):
        uploaded_objects(event)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Records", "eventSource", "s3", "bucket", "name", "object", "key", "body", "detail"]
            )
            | st.text(),
            inner | st.sampled_from(["aws:s3", "aws:sqs", "aws.s3", "Object Created"]),
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_whatever_comes_is_read_or_refused_by_an_error_of_ours(event):
    with suppress(EventError):
        assert all(isinstance(each, UploadedObject) for each in uploaded_objects(event))


@pytest.mark.parametrize("path", sorted(EVENTS.glob("[efs]*.json")), ids=lambda path: path.name)
def test_every_sample_event_is_read(path):
    uploaded = uploaded_objects(json.loads(path.read_text()))
    assert bool(uploaded) == (path.name != "s3-test-event.json")


def test_the_messages_of_a_batch_are_told_apart():
    event = in_sqs(notification("a"))
    event["Records"] += [in_sqs(notification("b"))["Records"][0] | {"messageId": "2"}]
    keys = {name: uploaded_objects(alone)[0].key for name, alone in queue_messages(event)}
    assert keys == {"1": "a", "2": "b"}
    assert queue_messages(notification()) is None


SAMPLES = {
    "eventbridge-existing-bucket": UploadedObject(
        "photos-of-ours", "photos/red floweré.jpg", "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e"
    ),
    "eventbridge-object-deleted": UploadedObject(
        "photos-of-ours", "photos/red floweré.jpg", "1QW9g1Z99LUNbvaaYVpW9xDlOLU.qxgF", deleted=True
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_tells_what_its_name_says(name):
    assert uploaded_objects(json.loads((EVENTS / f"{name}.json").read_text())) == [SAMPLES[name]]


def test_the_sample_of_a_removal_is_one():
    [told] = uploaded_objects(json.loads((EVENTS / "s3-object-removed.json").read_text()))
    assert (told.key, told.deleted) == ("garden/red floweré.jpg", True)

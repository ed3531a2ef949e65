"""Whatever carries the news of an upload, to a list of objects.

==================================  =======================================================================
envelope                            told by
==================================  =======================================================================
S3 notification                     ``Records`` whose ``eventSource`` is ``aws:s3``; any ``eventVersion``
SQS message                         ``Records`` whose ``eventSource`` is ``aws:sqs``; the body is an envelope
SNS message                         ``Records`` whose ``EventSource`` is ``aws:sns``; so is the message
SNS message delivered by SQS        ``Type`` is ``Notification``; so is the message
EventBridge                         ``source`` is ``aws.s3``; its keys are not URL-encoded
Lambda's failure destination        ``requestPayload`` is the envelope that failed
``s3:TestEvent``                    ``Event``; names no object
==================================  =======================================================================

Powertools' classes for these events are not used: they trust the shape, and decode EventBridge's keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from colorquant.aws.errors import EventError

# S3 in SNS in SQS in a failure destination that was replayed from a queue makes five; more is a mistake.
DEEPEST = 8
KEYS_SHOWN = 8
LONGEST_SHOWN = 40

# Whether the news is a deletion. A restored object can be read, and so is as good as a new one.
NOTIFICATIONS = {
    "ObjectCreated": False,
    "ObjectRestore:Completed": False,
    "ObjectRemoved:": True,
    "LifecycleExpiration:": True,
}
EVENT_BRIDGE = {"Object Created": False, "Object Restore Completed": False, "Object Deleted": True}


@dataclass(frozen=True)
class UploadedObject:
    """An object of which there is news.

    Attributes
    ----------
    bucket : str
    key : str
        As the uploader wrote it, not URL-encoded.
    version : str
        The version that the event is about; empty without versioning. For the logs: what is processed is
        the newest version, whichever that is by now.
    deleted : bool
        Whether the news is that it was deleted. For who keeps results: what is processed is what is there.
    """

    bucket: str
    key: str
    version: str = ""
    deleted: bool = False


def uploaded_objects(event: object) -> list[UploadedObject]:
    """Read any envelope that S3's news of an upload arrives in.

    Parameters
    ----------
    event : object
        What Lambda got, parsed from JSON.

    Returns
    -------
    list of UploadedObject
        In the order of the event. Empty for the test event that S3 sends when a notification is configured.

    Raises
    ------
    EventError
        If it is anything else. The message names its shape.

    Examples
    --------
    >>> record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": "in"}, "object": {"key": "red+flower"}}}
    >>> uploaded_objects({"Records": [record]})
    [UploadedObject(bucket='in', key='red flower', version='', deleted=False)]
    """
    return _open(event, DEEPEST)


def queue_messages(event: dict[str, Any]) -> list[tuple[str, dict[str, object]]] | None:
    """Take an SQS batch apart, so that each message can succeed or fail by itself.

    Parameters
    ----------
    event : dict
        What Lambda got.

    Returns
    -------
    list of (str, dict) or None
        Each message's ID with an event of that message alone. None where the event is not an SQS batch.
    """
    match event:
        case {"Records": [{"eventSource": "aws:sqs", "messageId": _}, *_]}:
            if all(isinstance(record, dict) and "messageId" in record for record in event["Records"]):
                return [(record["messageId"], {"Records": [record]}) for record in event["Records"]]
    return None


def _open(event: object, depth: int) -> list[UploadedObject]:
    if depth == 0:
        raise EventError(f"The event is wrapped in more than {DEEPEST} envelopes.")
    match event:
        case {"Event": "s3:TestEvent"}:
            return []
        case {"requestPayload": payload}:
            return _open(payload, depth - 1)
        case {"Type": "Notification", "Message": str(message)}:
            return _open(_parse(message), depth - 1)
        case {"source": "aws.s3", "detail-type": str(kind), "detail": detail} if kind in EVENT_BRIDGE:
            return [_from_event_bridge(detail, deleted=EVENT_BRIDGE[kind])]
        case {"Records": list(records)}:
            return [uploaded for record in records for uploaded in _from_record(record, depth)]
    raise EventError(f"This event is not the news of an upload to S3: it is {_shape(event)}.")


def _from_record(record: object, depth: int) -> list[UploadedObject]:
    match record:
        case {
            "eventSource": "aws:s3",
            "s3": {"bucket": {"name": str(bucket)}, "object": {"key": str(key), **more}},
            **about,
        }:
            deleted = _is_deletion(str(about.get("eventName", "ObjectCreated")))
            # S3 encodes keys in notifications like a form field: a space is a plus.
            return [UploadedObject(bucket, unquote_plus(key), str(more.get("versionId") or ""), deleted)]
        case {"eventSource": "aws:sqs", "body": str(body)}:
            return _open(_parse(body), depth - 1)
        case {"EventSource": "aws:sns", "Sns": {"Message": str(message)}}:
            return _open(_parse(message), depth - 1)
    raise EventError(f"This record is not from S3, SQS or SNS: it is {_shape(record)}.")


def _is_deletion(name: str) -> bool:
    for beginning, deleted in NOTIFICATIONS.items():
        if name.startswith(beginning):
            return deleted
    raise EventError(
        f"This is S3's event {name[:LONGEST_SHOWN]!r}. Subscribe the function to "
        f"{', '.join(NOTIFICATIONS)} only."
    )


def _from_event_bridge(detail: object, *, deleted: bool) -> UploadedObject:
    match detail:
        case {"bucket": {"name": str(bucket)}, "object": {"key": str(key), **more}}:
            return UploadedObject(bucket, key, str(more.get("version-id") or ""), deleted)
    raise EventError(f"This EventBridge event names no bucket and key: its detail is {_shape(detail)}.")


def _parse(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EventError(f"A message that should hold an event is not JSON: it is {_shape(text)}.") from error


def _shape(value: object) -> str:
    match value:
        case dict():
            names = sorted(map(str, value))
            more = f" and {len(names) - KEYS_SHOWN} more" if len(names) > KEYS_SHOWN else ""
            source = value.get("eventSource") or value.get("EventSource") or value.get("source")
            origin = f" from {source[:LONGEST_SHOWN]}" if isinstance(source, str) else ""
            shown = ", ".join(name[:LONGEST_SHOWN] for name in names[:KEYS_SHOWN])
            return f"an object{origin} with the keys {shown}{more}" if names else "{}"
        case list():
            return f"a list of {len(value)}"
        case str():
            return f"the text {value[:LONGEST_SHOWN]!r}"
    return f"{value!r}"[:LONGEST_SHOWN]

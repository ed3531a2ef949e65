"""What S3 sends to a list of objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.utilities.data_classes import S3Event

from colorquant.errors import EventError


@dataclass(frozen=True)
class UploadedObject:
    """An object that S3 says was created.

    Attributes
    ----------
    bucket : str
    key : str
        As the uploader wrote it, not URL-encoded.
    """

    bucket: str
    key: str


def uploaded_objects(event: Mapping[str, Any]) -> list[UploadedObject]:
    """Read an S3 notification.

    Parameters
    ----------
    event : mapping
        An S3 event notification, or the ``s3:TestEvent`` that S3 sends when a notification is configured.

    Returns
    -------
    list of UploadedObject
        Empty for a test event.

    Raises
    ------
    EventError
        If it is another kind of event.

    Examples
    --------
    >>> record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": "in"}, "object": {"key": "red+flower"}}}
    >>> uploaded_objects({"Records": [record]})
    [UploadedObject(bucket='in', key='red flower')]
    """
    if event.get("Event") == "s3:TestEvent":
        return []
    records = event.get("Records")
    if not isinstance(records, list) or any(r.get("eventSource") != "aws:s3" for r in records):
        raise EventError(f"This is not an S3 notification: it has {sorted(event)} and no list of S3 records.")
    return [
        # S3 encodes keys in notifications like a form field: a space is a plus.
        UploadedObject(record.s3.bucket.name, unquote_plus(record.s3.get_object.key))
        for record in S3Event(dict(event)).records
    ]

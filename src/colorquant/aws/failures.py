"""What S3's answers mean: final for the upload, a right that is missing, or worth another try.

Both buckets and the key are the deployment's own, so whatever is wrong with their rights is mended there:
the event is tried again, waits in the failure queue, and raises an alarm. Only what the uploader alone can
change is final.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from colorquant.aws.errors import (
    ForbiddenError,
    ObjectArchivedError,
    ObjectEncryptedError,
    ObjectGoneError,
    UploadError,
)
from colorquant.aws.events import UploadedObject

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
FINAL: dict[str, tuple[type[UploadError], str]] = {
    "NoSuchKey": (ObjectGoneError, "it was deleted before its turn came"),
    "InvalidObjectState": (ObjectArchivedError, "it is archived; restore it, then upload a copy of it"),
    # What S3 answers where the object needs the customer's own key.
    "InvalidRequest": (
        ObjectEncryptedError,
        "it is encrypted with a key that only its uploader has (SSE-C); upload it without one",
    ),
}

_ROLE = (
    "Allow the function's role s3:GetObject, s3:PutObject and s3:ListBucket there, and the object's KMS key"
)
_KEY = "Enable the KMS key that encrypts it, or let the function's role use it"

# An answer to HEAD has no body to hold a code, so that its status is all there is. Other answers with status
# 403, such as ExpiredToken or RequestTimeTooSkewed, are about the function's own credentials or clock.
FORBIDDEN = {
    "AccessDenied": _ROLE,
    "AllAccessDisabled": _ROLE,
    "403": _ROLE,
    "KMS.DisabledException": _KEY,
    "KMS.NotFoundException": _KEY,
    "KMS.KMSInvalidStateException": _KEY,
}


def error_code(error: ClientError) -> str:
    """Give the code that S3 answered with, such as ``"NoSuchKey"``; the status where it has no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


def as_final(error: ClientError, uploaded: UploadedObject) -> UploadError | None:
    """Tell why an upload cannot be read, where only its uploader can change that; None for other failures."""
    if error_code(error) not in FINAL:
        return None
    kind, why = FINAL[error_code(error)]
    return kind(f"{uploaded.key} cannot be read from {uploaded.bucket}: {why}.")


@contextmanager
def naming_the_missing_right(bucket: str, key: str) -> Iterator[None]:
    """Turn S3's refusals into sentences that say what to allow.

    Raises
    ------
    ForbiddenError
    """
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        if code not in FORBIDDEN:
            raise
        raise ForbiddenError(
            f"S3 answered {code} to {error.operation_name} for {key} in {bucket}. {FORBIDDEN[code]}; "
            "then replay the event."
        ) from error

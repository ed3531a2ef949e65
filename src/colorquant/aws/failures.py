"""Which failures of reading an upload are for good. Every other failure is worth another try.

A failure to *write* is never for good: the output bucket is the deployment's own, so that a missing
permission or bucket is mended there, and the event must wait for that in the failure queue.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from colorquant.aws.events import UploadedObject
from colorquant.errors import ObjectArchivedError, ObjectForbiddenError, ObjectGoneError, UploadError

_DENIED = (
    ObjectForbiddenError,
    "the function may not read it; allow its role s3:GetObject, and kms:Decrypt on the object's key",
)
_KEY = (ObjectForbiddenError, "the KMS key it is encrypted with cannot be used; enable the key")

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
# Other answers with status 403, such as ExpiredToken or RequestTimeTooSkewed, are about the function's own
# credentials or clock, and pass.
PERMANENT: dict[str, tuple[type[UploadError], str]] = {
    "NoSuchKey": (ObjectGoneError, "it was deleted before its turn came"),
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "InvalidObjectState": (ObjectArchivedError, "it is archived; restore it, then replay its event"),
    # What S3 answers where the object needs the customer's own key, which only the uploader has.
    "InvalidRequest": (ObjectForbiddenError, "it is encrypted with a key that only its uploader has (SSE-C)"),
    "KMS.DisabledException": _KEY,
    "KMS.NotFoundException": _KEY,
    "KMS.KMSInvalidStateException": _KEY,
}


def error_code(error: ClientError) -> str:
    """Give the code that S3 answered with, such as ``"NoSuchKey"``; the status where it has no body."""
    return str(error.response.get("Error", {}).get("Code", ""))


def as_permanent(error: ClientError, uploaded: UploadedObject) -> UploadError | None:
    """Tell whether a failed read is for good.

    Parameters
    ----------
    error : ClientError
        What S3 answered to the request for the upload.
    uploaded : UploadedObject

    Returns
    -------
    UploadError or None
        None where another try may succeed.
    """
    if error_code(error) not in PERMANENT:
        return None
    kind, why = PERMANENT[error_code(error)]
    return kind(f"{uploaded.key} cannot be read from {uploaded.bucket}: {why}.")

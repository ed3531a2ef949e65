"""Uploads in, results out: every request to S3."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import ObjectGoneError, OvertakenError, UploadError
from colorquant.aws.events import UploadedObject
from colorquant.aws.failures import as_final, error_code, naming_the_missing_right
from colorquant.aws.outputs import ERROR, OutputFile
from colorquant.aws.provenance import Provenance
from colorquant.errors import SettingsError
from colorquant.image.limits import check_bytes
from colorquant.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# The adaptive mode retries throttling, 5xx and broken connections, each time later, and slows down by itself
# when S3 says so. Three tries end within seconds; what lasts longer is for Lambda's own retries, a minute
# apart.
CLIENT_CONFIG = Config(
    retries={"mode": "adaptive", "total_max_attempts": 3}, connect_timeout=5, read_timeout=15
)
CHUNK_BYTES = 1 << 20

# A write that was overtaken: the object has changed (412), is being written (409), or is gone (404).
_OVERTAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "OperationAborted", "NoSuchKey"})


@dataclass(frozen=True)
class Upload:
    """An upload as S3 has it now.

    Attributes
    ----------
    uploaded : UploadedObject
    provenance : Provenance
        Which upload it is.
    size : int
        Bytes.
    problem : UploadError or None
        Why it cannot be read, if only its uploader can change that.
    """

    uploaded: UploadedObject
    provenance: Provenance
    size: int
    problem: UploadError | None
    _body: StreamingBody

    def read(self, settings: Settings, deadline: Deadline) -> bytes:
        """Read its bytes.

        Parameters
        ----------
        settings : Settings
            `max_bytes` is the limit; a larger object is not read.
        deadline : Deadline

        Returns
        -------
        bytes

        Raises
        ------
        UploadError
            If it cannot be read, for good.
        ImageTooLargeError
            If it is larger than the limit.
        DeadlineError
            If it arrives too slowly.
        botocore.exceptions.BotoCoreError
            If the connection breaks or the bytes are not those that were promised.
        """
        if self.problem:
            raise self.problem
        check_bytes(self.size, settings)
        data = bytearray()
        for chunk in self._body.iter_chunks(CHUNK_BYTES):
            deadline.check(self.uploaded.key)
            data += chunk
        return bytes(data)


@dataclass(frozen=True)
class Written:
    """An object that stands in the output bucket.

    Attributes
    ----------
    etag : str
        What a conditional write must name to replace it.
    provenance : Provenance
        What it was made from.
    reason : str
        For an explanation, the error's reason; empty for a result.
    """

    etag: str
    provenance: Provenance
    reason: str


class Store:
    """The input's uploads and the output bucket.

    Parameters
    ----------
    client : S3 client
    output_bucket : str
    cache_control : str
        ``Cache-Control`` of the results, such as ``"max-age=3600"``; empty for none.
    """

    def __init__(self, client: S3Client, output_bucket: str, cache_control: str = "") -> None:
        self._client = client
        self.output_bucket = output_bucket
        self._cache_control = cache_control

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Store:
        """Make a store as the function's variables say.

        Parameters
        ----------
        environment : mapping of str to str
            ``OUTPUT_BUCKET``, and ``CACHE_CONTROL`` if wanted.

        Raises
        ------
        SettingsError
            If there is no output bucket.
        """
        bucket = environment.get("OUTPUT_BUCKET", "")
        if not bucket:
            raise SettingsError("OUTPUT_BUCKET is not set. Name the bucket that results go to.")
        client = boto3.client("s3", config=CLIENT_CONFIG)
        return cls(client, bucket, environment.get("CACHE_CONTROL", ""))

    @contextmanager
    def open(self, uploaded: UploadedObject, settings: str) -> Iterator[Upload]:
        """Ask for the newest upload of a key, without reading it yet.

        Parameters
        ----------
        uploaded : UploadedObject
            Its version is not looked at: an event tells that there is something new, not what is newest.
        settings : str
            Fingerprint for the upload's provenance.

        Yields
        ------
        Upload

        Raises
        ------
        ForbiddenError
            If the function may not read it.
        botocore.exceptions.ClientError
            If S3 fails in a way that another try may mend.
        """
        try:
            with naming_the_missing_right(uploaded.bucket, uploaded.key):
                response = self._client.get_object(Bucket=uploaded.bucket, Key=uploaded.key)
        except ClientError as error:
            problem = as_final(error, uploaded)
            if problem is None:
                raise
            nothing = StreamingBody(io.BytesIO(), 0)
            yield Upload(uploaded, Provenance(problem.reason, "", settings), 0, problem, nothing)
            return
        provenance = Provenance(response["ETag"], response.get("VersionId", ""), settings)
        # Not the body's own context manager: it gives the raw stream, without a check of length and checksum.
        with closing(response["Body"]) as body:
            yield Upload(uploaded, provenance, response["ContentLength"], None, body)

    def is_newest(self, upload: Upload) -> bool:
        """Tell whether an upload is still what stands in the input bucket.

        Parameters
        ----------
        upload : Upload
        """
        uploaded, settings = upload.uploaded, upload.provenance.settings
        if upload.problem and not isinstance(upload.problem, ObjectGoneError):
            # Only the same request is sure to meet the same refusal.
            with self.open(uploaded, settings) as again:
                return again.provenance == upload.provenance
        head = self._head(uploaded.bucket, uploaded.key)
        if head is None or upload.problem:
            return head is None and upload.problem is not None
        return Provenance(head["ETag"], head.get("VersionId", ""), settings) == upload.provenance

    def look(self, key: str, file: OutputFile) -> Written | None:
        """See what stands in the output bucket.

        Parameters
        ----------
        key : str
            The input's.
        file : OutputFile

        Returns
        -------
        Written or None
        """
        head = self._head(self.output_bucket, key + file.suffix)
        if head is None:
            return None
        metadata = head["Metadata"]
        return Written(head["ETag"], Provenance.from_metadata(metadata), metadata.get("reason", ""))

    def put(
        self,
        key: str,
        file: OutputFile,
        body: bytes,
        provenance: Provenance,
        *,
        over: Written | None,
        reason: str = "",
    ) -> None:
        """Write an object of the output bucket, if nobody else has since it was looked at.

        Parameters
        ----------
        key : str
            The input's.
        file : OutputFile
        body : bytes
        provenance : Provenance
            Remembered with the object.
        over : Written or None
            What `look` saw there.
        reason : str
            For an explanation, the error's reason.

        Raises
        ------
        OvertakenError
            If something else stands there by now, or is just being written.
        """
        options: dict[str, Any] = {"IfMatch": over.etag} if over else {"IfNoneMatch": "*"}
        if self._cache_control and file is not ERROR:
            options["CacheControl"] = self._cache_control
        with _overtaken(self.output_bucket, key + file.suffix):
            self._client.put_object(
                Bucket=self.output_bucket,
                Key=key + file.suffix,
                Body=body,
                ContentType=file.content_type,
                Metadata=provenance.to_metadata() | ({"reason": reason} if reason else {}),
                **options,
            )

    def remove(self, key: str, file: OutputFile, seen: Written) -> None:
        """Delete an object of the output bucket, if it is still the one that was looked at.

        Parameters
        ----------
        key : str
            The input's.
        file : OutputFile
        seen : Written
            What `look` saw there.

        Raises
        ------
        OvertakenError
            If something else stands there by now, or nothing.
        """
        with _overtaken(self.output_bucket, key + file.suffix):
            self._client.delete_object(Bucket=self.output_bucket, Key=key + file.suffix, IfMatch=seen.etag)

    def _head(self, bucket: str, key: str) -> Any:
        try:
            with naming_the_missing_right(bucket, key):
                return self._client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            # An answer to HEAD has no body to hold S3's own code.
            if error_code(error) in ("404", "NoSuchKey"):
                return None
            raise


@contextmanager
def _overtaken(bucket: str, key: str) -> Iterator[None]:
    try:
        with naming_the_missing_right(bucket, key):
            yield
    except ClientError as error:
        if error_code(error) in _OVERTAKEN:
            raise OvertakenError(f"{key} was written by somebody else meanwhile.") from error
        raise


@cache
def shared_store() -> Store:
    """Give the store that this process keeps, so that its connections to S3 stay open between events."""
    return Store.from_environment(os.environ)

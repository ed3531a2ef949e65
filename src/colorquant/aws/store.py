"""Uploads in, results out: every request to S3."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from colorquant.aws.configuration import Configuration
from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import ObjectGoneError, OvertakenError, RequestError, UploadError
from colorquant.aws.events import UploadedObject
from colorquant.aws.failures import as_final, error_code, naming_the_missing_right
from colorquant.aws.outputs import ERROR, IMAGES, OutputFile, key_problem, output_name
from colorquant.aws.provenance import Provenance, digest
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

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Upload:
    """An upload as S3 has it now.

    Attributes
    ----------
    uploaded : UploadedObject
    provenance : Provenance
        Which upload it is, and what it would be made with.
    settings : Settings
        What it is to be made with.
    size : int
        Bytes.
    problem : UploadError or None
        Why it cannot be processed, if only its uploader can change that.
    """

    uploaded: UploadedObject
    provenance: Provenance
    settings: Settings
    size: int
    problem: UploadError | None
    _body: StreamingBody

    @property
    def is_gone(self) -> bool:
        """Whether there is no object any more."""
        return isinstance(self.problem, ObjectGoneError)

    @property
    def is_folder(self) -> bool:
        """Whether it is what S3's console makes for a folder: nothing, under a key that ends in a slash."""
        return self.uploaded.key.endswith("/") and self.size == 0 and (self.is_gone or not self.problem)

    def read(self, deadline: Deadline) -> bytes:
        """Read its bytes.

        Raises
        ------
        UploadError
            If it cannot be processed until its uploader does something about it.
        ImageTooLargeError
            If it is larger than the limit.
        DeadlineError
            If it arrives too slowly.
        botocore.exceptions.BotoCoreError
            If the connection breaks or the bytes are not those that were promised.
        """
        if self.problem:
            raise self.problem
        check_bytes(self.size, self.settings)
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
    provenance : Provenance or None
        What it was made from; None where colorquant did not write it.
    reason : str
        For an explanation, the error's reason; empty for a result.
    size : int
        Bytes.
    at : datetime
        When it was written.
    """

    etag: str
    provenance: Provenance | None
    reason: str
    size: int
    at: datetime


Seen = Mapping[OutputFile, Written | None]
"""What stands in the output bucket."""


class Store:
    """The input's uploads and the output bucket.

    Parameters
    ----------
    client : S3 client
    configuration : Configuration
    side_by_side : callable
        Runs the looks at the output bucket, like `map`, which does one after the other.
    """

    def __init__(self, client: S3Client, configuration: Configuration, side_by_side: Map = map) -> None:
        self._client = client
        self.configuration = configuration
        self._side_by_side = side_by_side
        self._of_input = _owned_by(configuration.input_owner)
        self._of_output = _owned_by(configuration.output_owner)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Store:
        """Make a store as the function's variables say.

        Raises
        ------
        SettingsError
            If one of them is missing or wrong.
        """
        configuration = Configuration.from_environment(environment)
        client = boto3.client("s3", config=CLIENT_CONFIG)
        return cls(client, configuration, ThreadPoolExecutor(len(IMAGES) + 1).map)

    @contextmanager
    def open(self, uploaded: UploadedObject) -> Iterator[Upload]:
        """Ask for the newest upload of a key, without reading it yet.

        Parameters
        ----------
        uploaded : UploadedObject
            Its version is not looked at: an event tells that there is something new, not what is newest.

        Raises
        ------
        ForbiddenError
            If the function may not read it.
        botocore.exceptions.ClientError
            If S3 fails in a way that another try may mend.
        """
        try:
            with naming_the_missing_right(uploaded.bucket, uploaded.key):
                response = self._client.get_object(Bucket=uploaded.bucket, Key=uploaded.key, **self._of_input)
        except ClientError as error:
            problem = as_final(error, uploaded)
            if problem is None:
                raise
            provenance = self._provenance(uploaded, {"ETag": problem.reason})
            settings = self.configuration.for_key(uploaded.key)
            yield Upload(uploaded, provenance, settings, 0, problem, StreamingBody(io.BytesIO(), 0))
            return
        # Not the body's own context manager: it gives the raw stream, without a check of length and checksum.
        with closing(response["Body"]) as body:
            settings, problem = self._settings(uploaded, response.get("Metadata", {}))
            provenance = self._provenance(uploaded, response)
            yield Upload(uploaded, provenance, settings, response["ContentLength"], problem, body)

    def is_newest(self, upload: Upload) -> bool:
        """Tell whether an upload is still what stands in the input bucket."""
        uploaded = upload.uploaded
        if upload.problem and upload.provenance.etag == upload.problem.reason and not upload.is_gone:
            # Only the same request is sure to meet the same refusal.
            with self.open(uploaded) as again:
                return again.provenance == upload.provenance
        newest = self.newest(uploaded)
        if newest is None or upload.is_gone:
            return newest is None and upload.is_gone
        return newest[0] == upload.provenance

    def newest(self, uploaded: UploadedObject) -> tuple[Provenance, dict[str, str]] | None:
        """Tell which upload is the newest of a key, and what it asks for; None if there is none any more."""
        head = self._head(uploaded.bucket, uploaded.key, self._of_input)
        if head is None:
            return None
        return self._provenance(uploaded, head), self.configuration.asked(head.get("Metadata", {}))

    def look(self, key: str, files: Iterable[OutputFile]) -> Seen:
        """See which of an input key's objects stand in the output bucket."""
        files = [file for file in files if file is ERROR or output_name(key, file) == key + file.suffix]
        return dict(zip(files, self._side_by_side(lambda file: self._look(key, file), files), strict=True))

    def put(
        self,
        key: str,
        file: OutputFile,
        body: bytes,
        metadata: Mapping[str, str],
        *,
        over: Written | None,
    ) -> None:
        """Write an object of the output bucket, if nobody else has since it was looked at.

        Parameters
        ----------
        key : str
            The input's.
        file : OutputFile
        body : bytes
        metadata : mapping of str to str
            Remembered with the object.
        over : Written or None
            What `look` saw there.

        Raises
        ------
        OvertakenError
            If something else stands there by now, or is just being written.
        """
        options: dict[str, Any] = {"IfMatch": over.etag} if over else {"IfNoneMatch": "*"}
        if self.configuration.cache_control and file is not ERROR:
            options["CacheControl"] = self.configuration.cache_control
        name = output_name(key, file)
        with _overtaken(self.configuration.output_bucket, name):
            self._client.put_object(
                Bucket=self.configuration.output_bucket,
                Key=name,
                Body=body,
                ContentType=file.content_type,
                Metadata=metadata,
                **self._of_output,
                **options,
            )

    def remove(self, key: str, file: OutputFile, seen: Written) -> None:
        """Delete an object of the output bucket, if it is still the one that was looked at.

        Raises
        ------
        OvertakenError
            If something else stands there by now, or nothing.
        """
        name = output_name(key, file)
        with _overtaken(self.configuration.output_bucket, name):
            self._client.delete_object(
                Bucket=self.configuration.output_bucket, Key=name, IfMatch=seen.etag, **self._of_output
            )

    def _look(self, key: str, file: OutputFile) -> Written | None:
        head = self._head(self.configuration.output_bucket, output_name(key, file), self._of_output)
        if head is None:
            return None
        metadata = head["Metadata"]
        provenance, reason = Provenance.from_metadata(metadata), metadata.get("reason", "")
        return Written(head["ETag"], provenance, reason, head["ContentLength"], head["LastModified"])

    def _head(self, bucket: str, key: str, owner: Mapping[str, Any]) -> Any:
        try:
            with naming_the_missing_right(bucket, key):
                return self._client.head_object(Bucket=bucket, Key=key, **owner)
        except ClientError as error:
            # An answer to HEAD has no body to hold S3's own code.
            if error_code(error) in ("404", "NoSuchKey"):
                return None
            raise

    def _provenance(self, uploaded: UploadedObject, answer: Any) -> Provenance:
        asked = self.configuration.asked(answer.get("Metadata", {}))
        return Provenance(
            uploaded.bucket,
            answer["ETag"],
            answer.get("VersionId", ""),
            digest(asked) if asked else "",
            self.configuration.fingerprint(uploaded.key),
            self.configuration.deployment,
        )

    def _settings(
        self, uploaded: UploadedObject, metadata: Mapping[str, str]
    ) -> tuple[Settings, UploadError | None]:
        try:
            return self.configuration.for_upload(uploaded.key, metadata), key_problem(uploaded)
        except RequestError as error:
            return self.configuration.for_key(uploaded.key), key_problem(uploaded) or error


def _owned_by(account: str) -> dict[str, Any]:
    return {"ExpectedBucketOwner": account} if account else {}


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

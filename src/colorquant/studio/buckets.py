"""What people see of a service's buckets, and how they upload. Nothing is deleted or overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import count, islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from colorquant.aws.configuration import UPLOAD_PREFIX, Configuration
from colorquant.aws.errors import RequestError
from colorquant.aws.events import UploadedObject
from colorquant.aws.failures import error_code
from colorquant.aws.outputs import ERROR, IMAGES, OutputFile, key_problem, output_name
from colorquant.aws.provenance import Provenance
from colorquant.aws.store import Store, Written
from colorquant.errors import ColorquantError, ImageTooLargeError
from colorquant.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# S3 lists 1,000 names a request and knows no other order than theirs, so that the newest are found among all
# that are listed.
MOST_PAGES = 5
# How many names are tried before somebody is asked for another one.
MOST_NAMES = 100
# What S3 answers where an object of that name is there, or is being written.
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class ServiceError(ColorquantError):
    """What was asked of the service cannot be had.

    Parameters
    ----------
    sentence : str
    status : int
        The status in HTTP that says the same.
    """

    reason = "service"

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class State(Enum):
    """What has become of an upload."""

    WAITING = "waiting"
    DONE = "done"
    ERROR = "error"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Listed:
    """An object of the input bucket.

    Attributes
    ----------
    key : str
    size : int
        Bytes.
    uploaded : datetime
    etag : str
    """

    key: str
    size: int
    uploaded: datetime
    etag: str


@dataclass(frozen=True)
class Fate:
    """What has become of an upload.

    Attributes
    ----------
    state : State
    file : OutputFile or None
        What tells: the image of a result, or the explanation.
    written : Written or None
        The object that it is in.
    asked : dict of str to str
        The settings that the upload asks for.
    """

    state: State
    file: OutputFile | None
    written: Written | None
    asked: Mapping[str, str]


class View:
    """A service as who uses it sees it.

    Parameters
    ----------
    client : S3 client
        With the rights of who looks.
    incoming, outgoing : str
        The buckets.
    prefix, suffix : str
        How keys begin and end that the service hears of; empty for any.
    """

    def __init__(
        self, client: S3Client, incoming: str, outgoing: str, prefix: str = "", suffix: str = ""
    ) -> None:
        self._client = client
        self.incoming, self.outgoing, self.prefix, self.suffix = incoming, outgoing, prefix, suffix
        self._store = Store(client, Configuration(output_bucket=outgoing, settings=Settings()))

    def uploads(self) -> tuple[list[Listed], bool]:
        """List what was uploaded, newest first.

        Returns
        -------
        uploads : list of Listed
        more : bool
            Whether there are more than were listed.
        """
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.incoming, Prefix=self.prefix
        )
        found, more = [], False
        for page in islice(pages, MOST_PAGES):
            more = page["IsTruncated"]
            found += [
                Listed(entry["Key"], entry["Size"], entry["LastModified"], entry["ETag"])
                for entry in page.get("Contents", [])
            ]
        return sorted(found, key=lambda listed: listed.uploaded, reverse=True), more

    def is_heard_of(self, listed: Listed) -> bool:
        """Tell whether the service does anything about an upload."""
        is_folder = listed.key.endswith("/") and listed.size == 0
        return listed.key.startswith(self.prefix) and listed.key.endswith(self.suffix) and not is_folder

    def fate(self, key: str) -> Fate:
        """See what has become of the newest upload of a key."""
        mine, asked = self._newest(key)
        seen = self._store.look(key, (*IMAGES, ERROR))
        made = {file: written for file, written in seen.items() if written and self._is_of(written, mine)}
        if not made:
            return Fate(State.WAITING, None, None, asked)
        # The explanation of the newest upload is its news, whatever stands beside it; else the later format.
        file = ERROR if ERROR in made else max(made, key=lambda file: made[file].at)
        return Fate(State.ERROR if file is ERROR else State.DONE, file, made[file], asked)

    def read_upload(self, key: str, most_bytes: int) -> bytes:
        """Read an upload.

        Raises
        ------
        ServiceError
            If it is not there.
        ImageTooLargeError
            If it has more bytes.
        """
        return self._read(self.incoming, key, most_bytes)

    def read_output(self, key: str, file: OutputFile, most_bytes: int) -> bytes:
        """Read what was made of an upload; see `read_upload`."""
        return self._read(self.outgoing, output_name(key, file), most_bytes)

    def upload(self, key: str, data: bytes, asked: Mapping[str, str]) -> str:
        """Upload an image under its key, or a numbered one where that is taken.

        Parameters
        ----------
        key : str
            The service's own prefix is put before it.
        data : bytes
        asked : mapping of str to str
            Settings for this upload, as names and texts.

        Returns
        -------
        str
            The key that it has.

        Raises
        ------
        ServiceError
            If it cannot be called so, or asks for what cannot be.
        """
        whole = key if key.startswith(self.prefix) else self.prefix + key
        metadata = {f"{UPLOAD_PREFIX}{name.replace('_', '-')}": text for name, text in asked.items()}
        self._check(whole, metadata)
        for number in islice(count(1), MOST_NAMES):
            name = whole if number == 1 else self._numbered(whole, number)
            if self._put(name, data, metadata):
                return name
        raise ServiceError(f"{whole} and {MOST_NAMES - 1} names after it are taken. Choose another.", 400)

    def _newest(self, key: str) -> tuple[Provenance | None, Mapping[str, str]]:
        try:
            newest = self._store.newest(UploadedObject(self.incoming, key))
        except ClientError as error:
            # What S3 says of an object that only its uploader has the key to; an answer to HEAD has no code.
            if error_code(error) != "400":
                raise
            newest = None
        return newest or (None, {})

    def _is_of(self, written: Written, mine: Provenance | None) -> bool:
        made_from = written.provenance
        if made_from is None or made_from.bucket not in ("", self.incoming):
            return False
        if made_from.etag == written.reason:
            # It could not be read, so that nobody knows which upload it was.
            return True
        # An operator who turned settings of uploads off has results that asked for none.
        return mine is not None and (
            (made_from.etag, made_from.version) == (mine.etag, mine.version)
            and made_from.request in ("", mine.request)
        )

    def _check(self, key: str, metadata: Mapping[str, str]) -> None:
        if not key.endswith(self.suffix):
            raise ServiceError(f"The service takes names that end in {self.suffix}, not {key}.", 400)
        if key.endswith("/") or not key:
            raise ServiceError("An upload needs a name.", 400)
        if problem := key_problem(UploadedObject(self.incoming, self._numbered(key, MOST_NAMES))):
            raise ServiceError(str(problem), 400)
        try:
            self._store.configuration.for_upload(key, metadata)
        except RequestError as error:
            raise ServiceError(str(error), 400) from error

    def _numbered(self, key: str, number: int) -> str:
        ending = PurePosixPath(key).suffix
        if not ending.endswith(self.suffix):
            ending = self.suffix
        return f"{key.removesuffix(ending)}-{number}{ending}"

    def _put(self, key: str, data: bytes, metadata: Mapping[str, str]) -> bool:
        try:
            self._client.put_object(
                Bucket=self.incoming, Key=key, Body=data, Metadata=metadata, IfNoneMatch="*"
            )
        except ClientError as error:
            if error_code(error) in _TAKEN:
                return False
            raise
        return True

    def _read(self, bucket: str, key: str, most_bytes: int) -> bytes:
        try:
            response = self._client.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error_code(error) in ("NoSuchKey", "404"):
                raise ServiceError(f"{key} is not in {bucket} any more.", 404) from error
            raise
        with closing(response["Body"]) as body:
            if response["ContentLength"] > most_bytes:
                raise ImageTooLargeError(
                    f"{key} has {response['ContentLength']:,} bytes, and {most_bytes:,} are read at most."
                )
            return body.read()

"""Images from the input bucket, results to the output bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from colorquant.aws.events import UploadedObject
from colorquant.errors import ImageError, ObjectGoneError
from colorquant.image.limits import check_bytes
from colorquant.result import Quantized
from colorquant.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PNG_SUFFIX = ".quantized.png"
PALETTE_SUFFIX = ".palette.json"
ERROR_SUFFIX = ".error.json"


class Store:
    """Reads uploads and writes what became of them.

    An input key K gives ``K.quantized.png`` and ``K.palette.json``, or ``K.error.json``. Different keys
    never share an output.

    Parameters
    ----------
    client : S3 client
    output_bucket : str
    """

    def __init__(self, client: S3Client, output_bucket: str) -> None:
        self._client = client
        self.output_bucket = output_bucket

    def read(self, uploaded: UploadedObject, settings: Settings) -> bytes:
        """Read an uploaded image.

        Parameters
        ----------
        uploaded : UploadedObject
        settings : Settings
            `max_bytes` is the limit; a larger object is not read.

        Returns
        -------
        bytes

        Raises
        ------
        ObjectGoneError
            If the object does not exist any more.
        ImageTooLargeError
            If it is larger than the limit.
        botocore.exceptions.ClientError
            If S3 fails otherwise; a later try may succeed.
        """
        try:
            response = self._client.get_object(Bucket=uploaded.bucket, Key=uploaded.key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                raise ObjectGoneError(
                    f"{uploaded.key} is gone from {uploaded.bucket}: it was deleted before its turn came."
                ) from error
            raise
        with response["Body"] as body:
            check_bytes(response["ContentLength"], settings)
            return body.read()

    def save_result(self, key: str, result: Quantized) -> str:
        """Write an image's results, and take back an earlier error.

        Parameters
        ----------
        key : str
            The input's key.
        result : Quantized

        Returns
        -------
        str
            The key of the PNG.
        """
        self._put(key + PALETTE_SUFFIX, result.to_json().encode(), "application/json")
        self._put(key + PNG_SUFFIX, result.to_png(), "image/png")
        self._client.delete_object(Bucket=self.output_bucket, Key=key + ERROR_SUFFIX)
        return key + PNG_SUFFIX

    def save_error(self, uploaded: UploadedObject, error: ImageError) -> str:
        """Write why an image could not be processed, where its results would have been.

        Parameters
        ----------
        uploaded : UploadedObject
        error : ImageError

        Returns
        -------
        str
            The key of the explanation.
        """
        document = {
            "reason": error.reason,
            "message": str(error),
            "source": {"bucket": uploaded.bucket, "key": uploaded.key},
        }
        text = json.dumps(document, indent=2) + "\n"
        self._put(uploaded.key + ERROR_SUFFIX, text.encode(), "application/json")
        return uploaded.key + ERROR_SUFFIX

    def _put(self, key: str, body: bytes, content_type: str) -> None:
        self._client.put_object(Bucket=self.output_bucket, Key=key, Body=body, ContentType=content_type)

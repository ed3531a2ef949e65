"""What can go wrong in the service, each with a sentence a person can act on."""

from __future__ import annotations

from colorquant.errors import ColorquantError


class EventError(ColorquantError):
    """The function was invoked with an event that it does not know."""

    reason = "event"


class UploadError(ColorquantError):
    """The uploaded object cannot be read until its uploader does something about it."""

    reason = "unreadable"


class ObjectGoneError(UploadError):
    """The object was deleted between its upload and its turn."""

    reason = "gone"


class ObjectEncryptedError(UploadError):
    """The object is encrypted with a key that only its uploader has (SSE-C)."""

    reason = "encrypted"


class ObjectArchivedError(UploadError):
    """The object is in an archive storage class and must be restored before it can be read."""

    reason = "archived"


class RequestError(UploadError):
    """The object's own metadata asks for settings that cannot be."""

    reason = "settings"


class KeyTooLongError(UploadError):
    """The object's key leaves no room for the endings of its results."""

    reason = "key-too-long"


class ConflictError(ColorquantError):
    """Something else stands where a result belongs: another bucket's, or nothing of colorquant's."""

    reason = "conflict"


class ForbiddenError(ColorquantError):
    """The deployment lacks a right, or its key cannot be used; the event waits until that is mended."""

    reason = "forbidden"


class OvertakenError(ColorquantError):
    """An object changed between looking at it and writing it; look again."""

    reason = "overtaken"


class DeadlineError(ColorquantError):
    """The work would not be done before Lambda stops the function."""

    reason = "deadline"


class CanaryError(ColorquantError):
    """The service did not make of an upload what it should, or nothing at all."""

    reason = "canary"

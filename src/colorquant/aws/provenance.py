"""Which upload, which settings and which deployment an object in the output bucket was made by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from colorquant import __version__
from colorquant.settings import Settings

# 64 bits: two settings of one service that collide are not to be met.
FINGERPRINT_DIGITS = 16


@dataclass(frozen=True)
class Deployment:
    """When the running code and settings were deployed, so that a call on older ones can give way.

    Attributes
    ----------
    at : int
        Seconds since 1970 when the settings were deployed; 0 if nobody says.
    version : int
        The function's version, which Lambda counts up; 0 without one.
    """

    at: int = 0
    version: int = 0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Deployment:
        """Read it from ``DEPLOYED_AT``, and from the variable that Lambda sets."""
        return cls.read(
            f"{environment.get('DEPLOYED_AT', '')}.{environment.get('AWS_LAMBDA_FUNCTION_VERSION', '')}"
        )

    @classmethod
    def read(cls, text: str) -> Deployment:
        """Read what `str` wrote; what is no number is 0."""
        at, _, version = text.partition(".")
        return cls(*(int(part) if part.isdecimal() else 0 for part in (at, version)))

    def __str__(self) -> str:
        return f"{self.at}.{self.version}"

    def is_older_than(self, other: Deployment) -> bool:
        """Tell whether another one came later, as far as both say when."""
        if self.at != other.at:
            return bool(self.at) and self.at < other.at
        # Versions of two functions do not compare, but those without an alias have none.
        return 0 < self.version < other.version


@dataclass(frozen=True)
class Provenance:
    """What decides an output. Equal provenance means equal output, so that the work can be skipped.

    Attributes
    ----------
    bucket : str
        The input bucket; empty for what release 0.1 wrote.
    etag : str
        The upload's entity tag, as S3 gives it. For an upload that cannot be read, the reason.
    version : str
        Its version ID; empty without versioning.
    request : str
        Digest of the settings that the upload itself asks for; empty if none.
    settings : str
        As from `fingerprint`.
    deployment : Deployment
        Of the writer. Does not change the output, so it is not compared.
    """

    bucket: str
    etag: str
    version: str
    request: str
    settings: str
    deployment: Deployment = field(default=Deployment(), compare=False)

    @property
    def upload(self) -> tuple[str, str, str, str]:
        """The upload alone, whatever was made of it."""
        return self.bucket, self.etag, self.version, self.request

    def to_metadata(self) -> dict[str, str]:
        """Give it as an S3 object's user metadata."""
        return {
            "source-bucket": self.bucket,
            "source-etag": self.etag,
            "source-version": self.version,
            "source-settings": self.request,
            "settings": self.settings,
            "deployment": str(self.deployment),
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Provenance | None:
        """Read it back; None for an object that was not written by colorquant."""
        if "source-etag" not in metadata:
            return None
        return cls(
            metadata.get("source-bucket", ""),
            metadata["source-etag"],
            metadata.get("source-version", ""),
            metadata.get("source-settings", ""),
            metadata.get("settings", ""),
            Deployment.read(metadata.get("deployment", "")),
        )


def fingerprint(settings: Settings, cache_control: str = "", *, palette_file: bool = True) -> str:
    """Digest the settings and the release of colorquant.

    Returns
    -------
    str
        16 hexadecimal digits. Differs when any of them or the release does, since each may change the output.

    Examples
    --------
    >>> fingerprint(Settings()) == fingerprint(Settings(max_colors=32))
    True
    >>> fingerprint(Settings()) == fingerprint(Settings(max_colors=31))
    False
    """
    return digest([__version__, asdict(settings), cache_control, palette_file])


def digest(value: object) -> str:
    """Shorten anything that JSON can write to 16 hexadecimal digits."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_DIGITS]

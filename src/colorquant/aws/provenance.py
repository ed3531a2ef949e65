"""Which upload, and which settings, an object in the output bucket was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from colorquant import __version__
from colorquant.settings import Settings

# 64 bits: two settings of one service that collide are not to be met.
FINGERPRINT_DIGITS = 16


@dataclass(frozen=True)
class Provenance:
    """What decides an output. Equal provenance means equal output, so that the work can be skipped.

    Attributes
    ----------
    etag : str
        The upload's entity tag, as S3 gives it. For an upload that cannot be read, the reason.
    version : str
        Its version ID; empty without versioning.
    settings : str
        As from `fingerprint`.
    """

    etag: str
    version: str
    settings: str

    def to_metadata(self) -> dict[str, str]:
        """Give it as an S3 object's user metadata."""
        return {"source-etag": self.etag, "source-version": self.version, "settings": self.settings}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> Provenance:
        """Read it back; an object that was not written by colorquant matches nothing.

        Parameters
        ----------
        metadata : mapping of str to str
            An S3 object's user metadata.
        """
        return cls(
            metadata.get("source-etag", ""), metadata.get("source-version", ""), metadata.get("settings", "")
        )


def fingerprint(settings: Settings) -> str:
    """Digest the settings and the release of colorquant.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    str
        16 hexadecimal digits. Differs when a setting or the release does, since either may change the output.

    Examples
    --------
    >>> fingerprint(Settings()) == fingerprint(Settings(max_colors=32))
    True
    >>> fingerprint(Settings()) == fingerprint(Settings(max_colors=31))
    False
    """
    text = json.dumps([__version__, asdict(settings)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_DIGITS]

"""How the service is set up: its variables, the settings of a prefix, and those of a single upload."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from colorquant.aws.errors import RequestError
from colorquant.aws.provenance import Deployment, fingerprint
from colorquant.errors import SettingsError
from colorquant.kinds import TRUE_OR_FALSE
from colorquant.settings import Settings, parse_setting

# What only shapes the picture. Limits, work (the sample) and names of results are the operator's.
FOR_UPLOADS = frozenset(
    {
        "colors",
        "min_colors",
        "max_colors",
        "criterion",
        "quality",
        "color_space",
        "refine",
        "seed",
        "palette",
        "keep",
        "dither",
        "dither_strength",
        "transparency",
    }
)
FOR_PREFIXES = FOR_UPLOADS | {"sample_size", "report", "output_format"}
# As in the header x-amz-meta-colorquant-max-colors, of which S3 gives what follows x-amz-meta-.
UPLOAD_PREFIX = "colorquant-"

KEEP, DELETE = "keep", "delete"


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What the operator decides.

    Attributes
    ----------
    output_bucket : str
        Where results go.
    settings : Settings
        For every upload, unless its prefix or its own metadata say otherwise.
    prefixes : mapping of str to mapping
        Settings by the beginning of a key, as fields of `Settings`. A longer prefix overrides a shorter one.
    upload_settings : bool
        Whether an upload's metadata may change settings in `FOR_UPLOADS`.
    cache_control : str
        ``Cache-Control`` of the results, such as ``"max-age=3600"``; empty for none.
    palette_file : bool
        Whether ``K.palette.json`` is written; if not, the palette is in the image's metadata.
    stale_results : str
        What becomes of results when the newest upload is not an image or was deleted: ``"keep"`` or
        ``"delete"``.
    input_owner, output_owner : str
        The accounts that own the buckets, for S3 to check; empty for no check.
    deployment : Deployment
    """

    output_bucket: str
    settings: Settings
    prefixes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    upload_settings: bool = True
    cache_control: str = ""
    palette_file: bool = True
    stale_results: str = KEEP
    input_owner: str = ""
    output_owner: str = ""
    deployment: Deployment = field(default_factory=Deployment)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Configuration:
        """Read the function's variables.

        Raises
        ------
        SettingsError
            If one of them, or a setting of a prefix, is wrong; it says which.
        """
        bucket = environment.get("OUTPUT_BUCKET", "")
        if not bucket:
            raise SettingsError("OUTPUT_BUCKET is not set. Name the bucket that results go to.")
        stale = environment.get("STALE_RESULTS", "") or KEEP
        if stale not in (KEEP, DELETE):
            raise SettingsError(
                "STALE_RESULTS must be {keep} or {delete}, not {value!r}.",
                keep=KEEP,
                delete=DELETE,
                value=stale,
            )
        configured = cls(
            output_bucket=bucket,
            settings=Settings.from_environment(environment),
            prefixes=read_prefixes(environment.get("PREFIX_SETTINGS", "")),
            upload_settings=_switch("UPLOAD_SETTINGS", environment.get("UPLOAD_SETTINGS", "")),
            cache_control=environment.get("CACHE_CONTROL", ""),
            palette_file=_switch("PALETTE_FILE", environment.get("PALETTE_FILE", "")),
            stale_results=stale,
            input_owner=environment.get("INPUT_BUCKET_OWNER", ""),
            output_owner=environment.get("OUTPUT_BUCKET_OWNER", ""),
            deployment=Deployment.from_environment(environment),
        )
        # A prefix's settings must go together with those below it, which only their sum tells.
        for prefix in configured.prefixes:
            configured.for_key(prefix)
        return configured

    def for_key(self, key: str) -> Settings:
        """Give the settings of an upload that asks for none itself.

        Raises
        ------
        SettingsError
            If what the prefixes say does not go together; it names them.
        """
        settings = self.settings
        for prefix in sorted(filter(key.startswith, self.prefixes), key=len):
            try:
                settings = settings.changed(**self.prefixes[prefix])
            except SettingsError as error:
                raise SettingsError(
                    "PREFIX_SETTINGS, {prefix!r}: {error}", prefix=prefix, error=error.called(_hyphened)
                ) from None
        return settings

    def for_upload(self, key: str, metadata: Mapping[str, str]) -> Settings:
        """Give the settings of an upload.

        Raises
        ------
        RequestError
            If its metadata asks for what cannot be; it names the header.
        """
        asked = self.asked(metadata)
        unknown = asked.keys() - FOR_UPLOADS
        if unknown:
            raise RequestError(
                f"{_header(min(unknown))} is not a setting that an upload can have. These are: "
                f"{', '.join(sorted(map(_hyphened, FOR_UPLOADS)))}."
            )
        try:
            given = {name: parse_setting(name, text) for name, text in asked.items()}
            return self.for_key(key).changed(**given)
        except SettingsError as error:
            raise RequestError(str(error.called(_header))) from error

    def asked(self, metadata: Mapping[str, str]) -> dict[str, str]:
        """Take the settings out of an upload's metadata, as names and texts."""
        if not self.upload_settings:
            return {}
        return {
            name.lower().removeprefix(UPLOAD_PREFIX).replace("-", "_"): text.strip()
            for name, text in sorted(metadata.items())
            if name.lower().startswith(UPLOAD_PREFIX) and text.strip()
        }

    def fingerprint(self, key: str) -> str:
        """Digest whatever the operator decides that changes a result of this key."""
        return fingerprint(self.for_key(key), self.cache_control, palette_file=self.palette_file)


def read_prefixes(text: str) -> dict[str, dict[str, Any]]:
    """Read the settings by prefix.

    Parameters
    ----------
    text : str
        JSON; empty for none.

    Raises
    ------
    SettingsError

    Examples
    --------
    >>> read_prefixes('{"logos/": {"criterion": "auto", "keep": "#e4002b"}}')
    {'logos/': {'criterion': 'auto', 'keep': ('#e4002b',)}}
    """
    if not text.strip():
        return {}
    try:
        written = json.loads(text)
    except ValueError as error:
        raise SettingsError("PREFIX_SETTINGS is not JSON: {error}.", error=error) from None
    if not isinstance(written, dict) or not all(isinstance(value, dict) for value in written.values()):
        raise SettingsError(
            "PREFIX_SETTINGS must be like {example}, not {text!r}.",
            example='{"logos/": {"criterion": "auto"}}',
            text=text[:80],
        )
    return {prefix: _read_prefix(prefix, given) for prefix, given in written.items()}


def _read_prefix(prefix: str, given: Mapping[str, object]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in given.items():
        setting = name.replace("-", "_")
        if setting not in FOR_PREFIXES or name != _hyphened(setting):
            raise SettingsError(
                "PREFIX_SETTINGS, {prefix!r}: {name} is not a setting that a prefix can have. These are: "
                "{all}.",
                prefix=prefix,
                name=name,
                all=", ".join(sorted(map(_hyphened, FOR_PREFIXES))),
            )
        text = str(value).lower() if isinstance(value, bool) else str(value)
        try:
            read[setting] = parse_setting(setting, text)
        except SettingsError as error:
            raise SettingsError(
                "PREFIX_SETTINGS, {prefix!r}: {error}", prefix=prefix, error=error.called(_hyphened)
            ) from None
    return read


def _switch(name: str, text: str) -> bool:
    try:
        return TRUE_OR_FALSE[text.strip().lower() or "true"]
    except KeyError:
        raise SettingsError("{name} must be true or false, not {text!r}.", name=name, text=text) from None


def _hyphened(name: str) -> str:
    return name.replace("_", "-")


def _header(name: str) -> str:
    return f"x-amz-meta-{UPLOAD_PREFIX}{_hyphened(name)}"

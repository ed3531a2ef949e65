"""The newest upload of a key wins, whatever is delivered twice, late, out of order, at once or half.

One delivery goes through rounds. A round

1. looks at what stands in the output bucket,
2. opens the newest upload,
3. ends the delivery if what should stand there does,
4. else makes what should, and writes and removes where nobody else has since step 1,
5. ends the delivery if the upload is still the newest, and begins the next round if not.

Why this is enough: take the last write of all, made by a delivery D from an upload U. D, or the retry that
follows if D is killed, ends only having seen U to be the newest *after* that write. An upload newer than U
therefore came later still, and the delivery of its own event finds in step 3 that what stands there is not
made from it, and writes: a contradiction to D's being the last. The condition in step 4 adds that an older
upload's output does not replace a newer one's even for a moment, unless two outputs have the same bytes.
Removals are writes in all of this, and a deletion in the input bucket is an upload of nothing, if its event
comes.

A killed delivery is tried again by Lambda, and step 3 looks at every object, so that a crash between two
writes is mended by the next round.

Results that no longer belong to the newest upload:

- The newest upload has a result: what else stands there of older uploads, such as a report or another format
  that is no longer written, is removed.
- It cannot be processed or was deleted: results of earlier uploads stay, as their metadata tells, and
  ``K.error.json`` says why there is no new one. With ``stale_results="delete"`` they are removed, and where
  the upload was deleted, nothing is left.

What colorquant did not write, or wrote for another input bucket, is never touched.

While a deployment goes on, calls run on old and new settings at once. What a later deployment made from the
same upload is left alone by an earlier one, which only takes away what it wrote itself of older uploads.
Sidecars that a later one wrote are not a result yet: the earlier one fails, to be tried again, and goes on
itself only when whoever began it cannot be running any more.

Looks are most of the requests, and most uploads are new. So step 1 begins with the images and the
explanation, and goes on to palette and report only if one of those stands there, the upload is gone, or
the round is not the first. Nothing is lost by that: a file that should be written is seen by ``If-None-
Match``, and one that should go and stands there alone was written by a delivery that has not ended. That
one, or the retry that follows, finds what was written since, and looks at everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from colorquant.aws.configuration import DELETE, Configuration
from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import ConflictError, ObjectGoneError, OvertakenError, UploadError
from colorquant.aws.events import UploadedObject
from colorquant.aws.outputs import (
    ERROR,
    IMAGES,
    PALETTE,
    REPORT,
    RESULTS,
    OutputFile,
    error_document,
    error_metadata,
    output_name,
    result_bodies,
    result_files,
    result_metadata,
)
from colorquant.aws.provenance import Provenance
from colorquant.aws.store import Seen, Store, Upload, Written
from colorquant.errors import ImageError
from colorquant.image.decode import read_header
from colorquant.pipeline import load
from colorquant.result import Quantized
from colorquant.settings import Settings
from colorquant.stopwatch import Stopwatch

# Each further round takes another writer of the same key at the same time; beyond this, Lambda's retry is the
# better place to wait.
MOST_ROUNDS = 8

SIDECARS = (PALETTE, REPORT)

# Lambda ends every call after 15 minutes; one more, since its clock is not S3's.
LONGEST_CALL = timedelta(minutes=16)


@dataclass(frozen=True)
class Made:
    """What this delivery made of the newest upload.

    Attributes
    ----------
    provenance : Provenance
    settings : Settings
    answer : Quantized, ImageError or UploadError
        The result, or why there is none.
    bodies : dict of OutputFile to (bytes, dict)
        What is written, in order, each with its metadata.
    bytes_in : int
        Size of the upload; 0 if S3 refused it.
    """

    provenance: Provenance
    settings: Settings
    answer: Quantized | ImageError | UploadError
    bodies: Mapping[OutputFile, tuple[bytes, Mapping[str, str]]]
    bytes_in: int


class Finding(Enum):
    """Why there was nothing to do."""

    DONE = "Its result is there already, from the same upload and the same settings."
    EXPLAINED = "It was rejected before: {reason}."
    KEPT = "The upload was deleted; the result of the last one that had one stays."
    NOTHING_LEFT = "The upload was deleted, and nothing of it is left to remove."
    FOLDER = "It is a folder of the console's, with nothing in it."
    NEWER = "A later deployment has processed the same upload already."


@dataclass(frozen=True)
class Standing:
    """What was found, so that there was nothing to do.

    Attributes
    ----------
    finding : Finding
    settings : Settings
        The upload's.
    reason : str
        Of the explanation that stands there; empty where a result does.
    """

    finding: Finding
    settings: Settings
    reason: str = ""

    @property
    def is_final(self) -> bool:
        """Whether what stands there is exactly what this delivery would have written."""
        return self.finding in (Finding.DONE, Finding.EXPLAINED)


def settle(uploaded: UploadedObject, store: Store, deadline: Deadline, watch: Stopwatch) -> Made | Standing:
    """See to it that the output of a key is that of its newest upload.

    Parameters
    ----------
    uploaded : UploadedObject
    store : Store
    deadline : Deadline
    watch : Stopwatch
        Gets the milliseconds of looking, reading, encoding and writing.

    Raises
    ------
    OvertakenError
        If others write the same output again and again.
    ConflictError
        If something that is not this key's stands in the output's place.
    DeadlineError
        If there is not enough time.
    botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError
        If S3 fails in a way that another try may mend.
    """
    made: Made | None = None
    for earlier_rounds in range(MOST_ROUNDS):
        briefly = not (earlier_rounds or uploaded.deleted)
        with watch.time("look"):
            seen = _look(uploaded.key, store, briefly=briefly)
        with store.open(uploaded) as upload:
            if upload.is_gone and briefly:
                continue
            place = _Place(seen, upload, store.configuration)
            standing = place.standing()
            if standing and standing.finding is Finding.NEWER and (late := place.left_by_older_calls()):
                with suppress(OvertakenError):
                    _remove(uploaded.key, late, store)
                continue
            if standing:
                was_made_here = made is not None and made.provenance == upload.provenance
                return made if made and was_made_here and standing.is_final else standing
            place.check_it_is_ours()
            place.check_nobody_is_at_it()
            if made is None or made.provenance != upload.provenance:
                made = _make(upload, store.configuration, deadline, watch)
        try:
            with watch.time("write"):
                _write(uploaded.key, made, place, store)
        except OvertakenError:
            continue
        if store.is_newest(upload):
            return made
    raise OvertakenError(
        f"{uploaded.key} was uploaded or written by others {MOST_ROUNDS} times while it was processed."
    )


def _look(key: str, store: Store, *, briefly: bool) -> Seen:
    telling = store.look(key, (*IMAGES, ERROR))
    if briefly and not any(telling.values()):
        return telling
    # Sidecars come first, as they do when they are written and removed.
    return {**store.look(key, SIDECARS), **telling}


@dataclass(frozen=True)
class _Place:
    """What stands in a key's place in the output bucket, against what should."""

    seen: Seen
    upload: Upload
    configuration: Configuration

    @property
    def _deletes(self) -> bool:
        return self.configuration.stale_results == DELETE

    @property
    def _files(self) -> tuple[OutputFile, ...]:
        return result_files(self.upload.settings, self.configuration)

    def ours(self) -> dict[OutputFile, tuple[Written, Provenance]]:
        """Give what colorquant wrote there for this input bucket."""
        return {
            file: (written, written.provenance)
            for file, written in self.seen.items()
            if written and written.provenance and self._is_ours(written.provenance)
        }

    def _is_ours(self, provenance: Provenance) -> bool:
        return provenance.bucket in ("", self.upload.uploaded.bucket)

    def check_it_is_ours(self) -> None:
        """Refuse to replace what is not."""
        ours = self.ours()
        for file in (*self._files, ERROR):
            written = self.seen.get(file)
            if written and file not in ours:
                origin = (
                    f"made from {written.provenance.bucket}" if written.provenance else "not colorquant's"
                )
                raise ConflictError(
                    f"{output_name(self.upload.uploaded.key, file)} in {self.configuration.output_bucket} is "
                    f"{origin}, so it is not replaced. Move it away, or give this input bucket an "
                    "output bucket of its own; then replay the event."
                )

    def check_nobody_is_at_it(self) -> None:
        """Leave what a later deployment has begun to it, as long as it may still be running."""
        now = datetime.now(UTC)
        if any(now - self.ours()[file][0].at < LONGEST_CALL for file in self._made_later()):
            raise OvertakenError(f"A later deployment has begun the results of {self.upload.uploaded.key}.")

    def _made_later(self) -> set[OutputFile]:
        """Name what a later deployment wrote of the same upload."""
        mine = self.upload.provenance
        return {
            file
            for file, (_, p) in self.ours().items()
            if p.upload == mine.upload and mine.deployment.is_older_than(p.deployment)
        }

    def standing(self) -> Standing | None:
        """Tell what there is nothing to do about; None where there is something."""
        ours = self.ours()
        mine = self.upload.provenance
        settings = self.upload.settings
        if self.upload.is_folder and not (ours and self.upload.is_gone):
            return Standing(Finding.FOLDER, settings)
        # Sidecars come before the image, so that by themselves they are not a result.
        if self._made_later() - {*SIDECARS}:
            return Standing(Finding.NEWER, settings)
        if self.upload.is_gone and (finding := self._gone()):
            return Standing(finding, settings)
        if ERROR in ours:
            written, provenance = ours[ERROR]
            explained = provenance == mine and not self.stale(explained=True)
            return Standing(Finding.EXPLAINED, settings, written.reason) if explained else None
        if self.upload.is_gone:
            return None
        origins = {ours[file][1] if file in ours else None for file in self._files}
        done = origins == {mine} and not self.stale(explained=False)
        return Standing(Finding.DONE, settings) if done else None

    def left_by_older_calls(self) -> dict[OutputFile, Written]:
        """Give what calls of an earlier deployment wrote of older uploads after a later one was done."""
        mine, ours = self.upload.provenance, self.ours()
        older = {file: written for file, (written, p) in ours.items() if p.upload != mine.upload}
        is_explained = ERROR in ours and ERROR not in older
        return older if self._deletes or not is_explained else {}

    def _gone(self) -> Finding | None:
        ours = self.ours()
        if self._deletes:
            return None if ours else Finding.NOTHING_LEFT
        results = {file: provenance for file, (_, provenance) in ours.items() if file is not ERROR}
        whole = any(file in results for file in IMAGES) and len({p.upload for p in results.values()}) == 1
        return Finding.KEPT if whole and ERROR not in ours else None

    def stale(self, *, explained: bool) -> dict[OutputFile, Written]:
        """Give the results that should not stand beside what the upload comes to."""
        mine = self.upload.provenance
        wanted: tuple[OutputFile, ...] = () if explained else self._files
        return {
            file: written
            for file, (written, provenance) in self.ours().items()
            if file in RESULTS
            and file not in wanted
            and (self._deletes or (not explained and provenance.upload != mine.upload))
        }


def _make(upload: Upload, configuration: Configuration, deadline: Deadline, watch: Stopwatch) -> Made:
    settings, provenance = upload.settings, upload.provenance
    if upload.is_gone and configuration.stale_results == DELETE and upload.problem:
        return Made(provenance, settings, upload.problem, {}, 0)
    try:
        with watch.time("read"):
            data = upload.read(deadline)
        header = read_header(data, settings)
        deadline.check(upload.uploaded.key, header.width * header.height)
        image = load(data, settings)
        sweep = image.sweep(settings)
        result = image.recolor(sweep, settings)
        if settings.report:
            deadline.check_report(upload.uploaded.key, len(sweep.numbers))
        with watch.time("encode"):
            bodies = result_bodies(upload.uploaded.key, image, sweep, result, configuration)
    except (ImageError, UploadError) as error:
        explanation = error_document(upload.uploaded, provenance, error)
        metadata = provenance.to_metadata() | error_metadata(upload.uploaded, error)
        return Made(provenance, settings, error, {ERROR: (explanation, metadata)}, upload.size)
    metadata = provenance.to_metadata() | result_metadata(result, configuration)
    told = {file: (body, metadata) for file, body in bodies.items()}
    return Made(provenance, settings, result, told, upload.size)


def _write(key: str, made: Made, place: _Place, store: Store) -> None:
    if isinstance(made.answer, Quantized):
        *first, last = made.bodies
        for file in first:
            _put(key, file, made, place, store)
        _remove(key, {file: w for file, (w, _) in place.ours().items() if file is ERROR}, store)
        _remove(key, place.stale(explained=False), store)
        _put(key, last, made, place, store)
        return
    for file in made.bodies:
        _put(key, file, made, place, store)
    _remove(key, place.stale(explained=True), store)
    if isinstance(made.answer, ObjectGoneError) and not made.bodies:
        _remove(key, {file: w for file, (w, _) in place.ours().items() if file is ERROR}, store)


def _put(key: str, file: OutputFile, made: Made, place: _Place, store: Store) -> None:
    over = place.seen.get(file)
    if over is None or over.provenance != made.provenance:
        body, metadata = made.bodies[file]
        store.put(key, file, body, metadata, over=over)


def _remove(key: str, files: Mapping[OutputFile, Written], store: Store) -> None:
    for file, written in files.items():
        store.remove(key, file, written)

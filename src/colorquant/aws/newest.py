"""The newest upload of a key wins, whatever is delivered twice, late, out of order, at once or half.

One delivery goes through rounds. A round

1. looks at what stands in the output bucket,
2. opens the newest upload,
3. ends the delivery if what stands there was made from that upload with these settings,
4. else makes what should stand there, and writes it where nobody else has written since step 1,
5. ends the delivery if the upload is still the newest, and begins the next round if not.

Why this is enough: take the last write of all, made by a delivery D from an upload U. D, or the retry that
follows if D is killed, ends only having seen U to be the newest *after* that write. An upload newer than U
therefore came later still, and the delivery of its own event finds in step 3 that what stands there is not
made from it, and writes: a contradiction to D's being the last. The condition in step 4 adds that an older
upload's output does not replace a newer one's even for a moment, unless two outputs have the same bytes.

A killed delivery is tried again by Lambda, and step 3 looks at every object, so that a crash between two
writes is mended by the next round.

What stays: results are replaced, never deleted. Where the newest upload cannot be processed, ``K.error.json``
says so, and results beside it are of earlier uploads, as their metadata tells. Where the upload was deleted,
the results stay as they are; if they are not complete, ``K.error.json`` says that it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from colorquant.aws.deadline import Deadline
from colorquant.aws.errors import ObjectGoneError, OvertakenError, UploadError
from colorquant.aws.events import UploadedObject
from colorquant.aws.outputs import ERROR, OutputFile, error_document, result_bodies, result_files
from colorquant.aws.provenance import Provenance, fingerprint
from colorquant.aws.store import Store, Upload, Written
from colorquant.errors import ImageError
from colorquant.image.decode import read_header
from colorquant.pipeline import quantize
from colorquant.result import Quantized
from colorquant.settings import Settings
from colorquant.stopwatch import Stopwatch

# Each further round takes another writer of the same key at the same time; beyond this, Lambda's retry is the
# better place to wait.
MOST_ROUNDS = 8

Seen = Mapping[OutputFile, Written | None]
"""What stands in the output bucket."""


@dataclass(frozen=True)
class Made:
    """What this delivery made of the newest upload.

    Attributes
    ----------
    provenance : Provenance
    answer : Quantized, ImageError or UploadError
        The result, or why there is none.
    bodies : dict of OutputFile to bytes
        What is written, in order.
    bytes_in : int
        Size of the upload; 0 if S3 refused it.
    """

    provenance: Provenance
    answer: Quantized | ImageError | UploadError
    bodies: Mapping[OutputFile, bytes]
    bytes_in: int


@dataclass(frozen=True)
class Standing:
    """What stood there already, so that there was nothing to do.

    Attributes
    ----------
    reason : str
        Of the explanation that stands there, or why there is no upload; empty where the result stands.
    """

    reason: str


def settle(
    uploaded: UploadedObject, store: Store, settings: Settings, deadline: Deadline, watch: Stopwatch
) -> Made | Standing:
    """See to it that the output of a key is that of its newest upload.

    Parameters
    ----------
    uploaded : UploadedObject
    store : Store
    settings : Settings
    deadline : Deadline
    watch : Stopwatch
        Gets the milliseconds of looking, reading, encoding and writing.

    Returns
    -------
    Made or Standing

    Raises
    ------
    OvertakenError
        If others write the same output again and again.
    DeadlineError
        If there is not enough time.
    botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError
        If S3 fails in a way that another try may mend.
    """
    digest = fingerprint(settings)
    made: Made | None = None
    for _ in range(MOST_ROUNDS):
        with watch.time("look"):
            seen = {file: store.look(uploaded.key, file) for file in (*result_files(settings), ERROR)}
        with store.open(uploaded, digest) as upload:
            if made is None or made.provenance != upload.provenance:
                standing = _standing(seen, upload, settings)
                if standing:
                    return standing
                made = _make(upload, settings, deadline, watch)
        try:
            with watch.time("write"):
                _write(uploaded.key, made, seen, store)
        except OvertakenError:
            continue
        if store.is_newest(upload):
            return made
    raise OvertakenError(
        f"{uploaded.key} was uploaded or written by others {MOST_ROUNDS} times while it was processed."
    )


def _standing(seen: Seen, upload: Upload, settings: Settings) -> Standing | None:
    explained = seen[ERROR]
    if explained:
        return Standing(explained.reason) if explained.provenance == upload.provenance else None
    origins = {written.provenance if written else None for written in map(seen.get, result_files(settings))}
    if isinstance(upload.problem, ObjectGoneError):
        complete = len(origins) == 1 and None not in origins
        return Standing(upload.problem.reason) if complete else None
    return Standing("") if origins == {upload.provenance} else None


def _make(upload: Upload, settings: Settings, deadline: Deadline, watch: Stopwatch) -> Made:
    try:
        with watch.time("read"):
            data = upload.read(settings, deadline)
        header = read_header(data, settings)
        deadline.check(upload.uploaded.key, header.width * header.height)
        result = quantize(data, settings)
        with watch.time("encode"):
            bodies = result_bodies(upload.uploaded.key, data, result)
    except (ImageError, UploadError) as error:
        explanation = error_document(upload.uploaded, upload.provenance, error)
        return Made(upload.provenance, error, {ERROR: explanation}, upload.size)
    return Made(upload.provenance, result, bodies, upload.size)


def _write(key: str, made: Made, seen: Seen, store: Store) -> None:
    *first, last = made.bodies
    for file in first:
        _put(key, file, made, seen, store)
    explained = seen[ERROR]
    if explained and isinstance(made.answer, Quantized):
        store.remove(key, ERROR, explained)
    _put(key, last, made, seen, store)


def _put(key: str, file: OutputFile, made: Made, seen: Seen, store: Store) -> None:
    over = seen[file]
    if over is None or over.provenance != made.provenance:
        reason = "" if isinstance(made.answer, Quantized) else made.answer.reason
        store.put(key, file, made.bodies[file], made.provenance, over=over, reason=reason)

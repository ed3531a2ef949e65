"""`make invoke`: the built image, a photo and an S3 to read it from, through `sam local invoke`."""

from __future__ import annotations

import json
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from containers import ROOT, engine_problem, env_json, reachable_s3, sam_local_invoke, uploaded


def main(photo: bytes) -> None:
    event = ROOT / "events" / "s3-object-created.json"
    upload, output_bucket = uploaded(event), env_json()["OUTPUT_BUCKET"]
    with reachable_s3() as s3, tempfile.TemporaryDirectory() as scratch:
        s3.make_bucket(upload.bucket)
        s3.make_bucket(output_bucket)
        s3.client.put_object(Bucket=upload.bucket, Key=upload.key, Body=photo)
        print(f"s3://{upload.bucket}/{upload.key}  {len(photo)} bytes")
        answer = sam_local_invoke(event, s3, Path(scratch))
        print(json.dumps(answer, indent=2, ensure_ascii=False))
        for key in sorted(s3.keys(output_bucket)):
            print(f"s3://{output_bucket}/{key}  {len(s3.read(output_bucket, key))} bytes")
    if [result["outcome"] for result in answer.get("results", [])] != ["quantized"]:
        sys.exit("The photo was not recolored.")


if __name__ == "__main__":
    problem = engine_problem()
    if problem is not None:
        sys.exit(f"`make invoke` runs the image in a container: {problem}.")
    shipped = files("sklearn.datasets.images") / "flower.jpg"
    main(Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else shipped.read_bytes())

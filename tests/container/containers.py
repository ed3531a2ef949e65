"""What the container tests and `make invoke` share: the engine, SAM, and an S3 that a container can reach."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import shutil
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, unquote_plus, urlsplit

import boto3
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).resolve().parents[2]
FUNCTION = "QuantizeFunction"
REGION = "us-east-1"

# How a container calls the machine it runs on: Docker Desktop provides the name, --add-host does elsewhere.
HOST = "host.docker.internal"
HOST_GATEWAY = f"{HOST}:host-gateway"

# The template's parameter for an image that this machine can run.
FOR_THIS_MACHINE = f"Architecture={'arm64' if platform.machine() in {'arm64', 'aarch64'} else 'x86_64'}"

# Whom Lambda runs an image as, and where: no rights, nothing writable but /tmp.
LIKE_LAMBDA = ["--user", "993:990", "--read-only", "--tmpfs", "/tmp"]

EMULATOR_PORT = 8080
EMULATOR_PATH = "/2015-03-31/functions/function/invocations"

# Long past what anything here takes: a call that hangs should fail and not stand still.
START_SECONDS = 60.0
INVOKE_SECONDS = 300.0


def engine_problem() -> str | None:
    """Say in a sentence why no container can be run here; None if one can."""
    if shutil.which("docker") is None:
        return "there is no docker command on this machine"
    answer = subprocess.run(["docker", "info"], capture_output=True, text=True, check=False)
    return None if answer.returncode == 0 else "no Docker engine answers on this machine"


def memory_limit(megabytes: int) -> list[str]:
    """Give the options that cap a container's memory the way Lambda caps a function's."""
    # Docker adds swap on top unless both numbers are the same, and Lambda has none.
    return ["--memory", f"{megabytes}m", "--memory-swap", f"{megabytes}m"]


def sam_command() -> str | None:
    """The project's own SAM where `make` has installed it, else the machine's."""
    own = ROOT / ".venv-sam" / "bin"
    return shutil.which("sam", path=f"{own}{os.pathsep}{os.environ.get('PATH', '')}")


def run(*command: str, environment: dict[str, str] | None = None) -> str:
    """Run a command in the project's directory and return what it printed; fail with everything it said."""
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def sam(*arguments: str) -> str:
    """Run SAM with samconfig.toml alone: given credentials, it first asks AWS at length whose they are."""
    command = sam_command()
    if command is None:
        raise AssertionError("there is no sam command; `make build` installs one")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return run(command, *arguments, environment=environment | {"SAM_CLI_TELEMETRY": "0"})


def answered(answer: dict[str, Any]) -> dict[str, Any]:
    """Return a handler's answer; fail with what it raised, which Lambda answers with just as calmly."""
    if "errorMessage" in answer:
        raise AssertionError(json.dumps(answer, indent=2))
    return answer


@dataclass(frozen=True)
class ReachableS3:
    """An S3 in this process, with its address as this process and as a container sees it."""

    client: S3Client
    port: int

    @property
    def url_in_container(self) -> str:
        """The endpoint to hand to a container."""
        return f"http://{HOST}:{self.port}"

    def make_bucket(self, name: str | None = None) -> str:
        """Make an empty bucket; unless named, one that no other test knows."""
        bucket = name or f"bucket-{uuid.uuid4()}"
        self.client.create_bucket(Bucket=bucket)
        return bucket

    def keys(self, bucket: str) -> set[str]:
        """Every key in a bucket."""
        return {entry["Key"] for entry in self.client.list_objects_v2(Bucket=bucket).get("Contents", [])}

    def read(self, bucket: str, key: str) -> bytes:
        """One object's bytes."""
        return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()


def bridge_address() -> str:
    """The address of this machine on the containers' network, and nowhere else.

    Docker Desktop keeps that network inside its virtual machine and leads HOST to the loopback address.
    """
    if os.uname().sysname != "Linux":
        return "127.0.0.1"
    return run(
        "docker", "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"
    ).strip()


@contextlib.contextmanager
def reachable_s3() -> Iterator[ReachableS3]:
    """Serve S3 to containers, on a free port, for as long as the context lasts."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address=bridge_address(), port=0, verbose=False)
    server.start()
    try:
        address, port = server.get_host_and_port()
        client = boto3.client(
            "s3",
            endpoint_url=f"http://{address}:{port}",
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        with contextlib.closing(client):
            yield ReachableS3(client, port)
    finally:
        server.stop()


@dataclass(frozen=True)
class Memory:
    """What the function's process holds and the most it has held, in bytes, as the kernel counts it."""

    resident: int
    peak: int


@dataclass(frozen=True)
class Emulated:
    """The image running behind AWS's runtime interface emulator, which takes one call at a time."""

    url: str
    container: str

    def processor_seconds(self) -> float:
        """How long a processor has worked for the process that runs the handler, in steps of 10 ms."""
        status = run("docker", "exec", self.container, "sh", "-c", "cat /proc/[0-9]*/stat || true")
        (python,) = [line for line in status.splitlines() if "(python" in line]
        # Past the name in parentheses, which may hold blanks, these are the fields 14 and 15 of proc(5).
        user, system = python.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> Memory:
        """Look at the process that runs the handler; the emulator beside it is not Lambda's."""
        listed = run("docker", "exec", self.container, "sh", "-c", "grep -H . /proc/[0-9]*/status || true")
        status: dict[str, dict[str, str]] = {}
        for line in listed.splitlines():
            path, _, entry = line.partition(":")
            name, _, value = entry.partition(":")
            status.setdefault(path, {})[name] = value.strip()
        (python,) = [entries for entries in status.values() if entries["Name"].startswith("python")]
        return Memory(*(int(python[name].removesuffix(" kB")) * 1024 for name in ("VmRSS", "VmHWM")))

    def temporary_files(self) -> dict[str, int]:
        """What lies in /tmp, with its size in bytes."""
        listed = run("docker", "exec", self.container, "find", "/tmp", "-type", "f", "-printf", "%s %p\\n")
        return {path: int(size) for size, path in (line.split(" ", 1) for line in listed.splitlines())}

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        """Hand over an event as Lambda would and return the handler's answer."""
        request = urllib.request.Request(self.url, data=json.dumps(event).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=INVOKE_SECONDS) as response:
            return answered(json.load(response))


def wait_until_listening(container: str, url: str) -> None:
    """Return once the emulator answers at all; it refuses GET, and that is answer enough."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                logs = subprocess.run(
                    ["docker", "logs", container], capture_output=True, text=True, check=False
                )
                raise AssertionError(f"the emulator never listened\n{logs.stdout}{logs.stderr}") from None
            time.sleep(0.1)
        else:
            return


@contextlib.contextmanager
def emulated(image: str, s3: ReachableS3, output_bucket: str, *limits: str) -> Iterator[Emulated]:
    """Run the image as Lambda would, with Docker's options for limits, and remove it whatever happens."""
    environment = {
        "OUTPUT_BUCKET": output_bucket,
        "AWS_ENDPOINT_URL_S3": s3.url_in_container,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    declared = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
    reach = ["--add-host", HOST_GATEWAY, "--publish", f"127.0.0.1::{EMULATOR_PORT}"]
    container = run("docker", "run", "--detach", *LIKE_LAMBDA, *limits, *reach, *declared, image).strip()
    try:
        published = run("docker", "port", container, f"{EMULATOR_PORT}/tcp").split()[0]
        wait_until_listening(container, f"http://{published}/")
        yield Emulated(f"http://{published}{EMULATOR_PATH}", container)
    finally:
        run("docker", "rm", "--force", "--volumes", container)


@dataclass(frozen=True)
class Upload:
    """Where an event in events/ says that an image has arrived."""

    bucket: str
    key: str


def uploaded(event: Path) -> Upload:
    """Read the first record of an S3 notification; S3 encodes its keys as a form does."""
    record = json.loads(event.read_text())["Records"][0]["s3"]
    return Upload(record["bucket"]["name"], unquote_plus(record["object"]["key"]))


def created(bucket: str, key: str) -> dict[str, Any]:
    """Give the notification S3 sends when an object appears."""
    event = json.loads((ROOT / "events" / "s3-object-created.json").read_text())
    event["Records"][0]["s3"]["bucket"]["name"] = bucket
    event["Records"][0]["s3"]["object"]["key"] = quote_plus(key, safe="/")
    return event


def env_json(function: str = FUNCTION) -> dict[str, str]:
    """What env.json gives a function."""
    return json.loads((ROOT / "env.json").read_text())[function]


def sam_local_invoke(
    event: Path, s3: ReachableS3, scratch: Path, function: str = FUNCTION, parameters: str = ""
) -> dict[str, Any]:
    """Run `sam local invoke` on what `sam build` left, with env.json but for the port S3 happens to have."""
    variables = env_json(function)
    endpoint = urlsplit(variables["AWS_ENDPOINT_URL_S3"])
    variables["AWS_ENDPOINT_URL_S3"] = endpoint._replace(netloc=f"{endpoint.hostname}:{s3.port}").geturl()
    env_file = scratch / "env.json"
    env_file.write_text(json.dumps({function: variables}))
    overrides = ["--parameter-overrides", f"{FOR_THIS_MACHINE} {parameters}".strip()]
    printed = sam("local", "invoke", function, "--event", str(event), "--env-vars", str(env_file), *overrides)
    return answered(json.loads(printed))

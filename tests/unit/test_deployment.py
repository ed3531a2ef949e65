"""How a change reaches an account: the workflows, SAM's configuration, and the roles that GitHub takes."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.decode import cfn_yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ENVIRONMENTS = ("staging", "production")

Node = dict[str, Any]


@pytest.fixture(scope="module")
def pipeline() -> Node:
    return cfn_yaml.load(str(ROOT / "deploy" / "pipeline.yml"))


@pytest.fixture(scope="module")
def samconfig() -> Node:
    return tomllib.loads((ROOT / "samconfig.toml").read_text())


def workflow(name: str) -> Node:
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text())


def rights(role: Node) -> list[tuple[str, Any]]:
    documents = [policy["PolicyDocument"] for policy in role["Properties"]["Policies"]]
    return [
        (action, resource)
        for document in documents
        for statement in document["Statement"]
        for action in (
            statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        )
        for resource in [statement["Resource"]]
    ]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_and_says_which_release_that_is(path: Path) -> None:
    used = [line.split("uses:")[1].strip() for line in path.read_text().splitlines() if "uses:" in line]
    foreign = [use for use in used if not use.startswith("./")]
    assert [use for use in foreign if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []
    assert used


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_unless_a_job_asks_for_more(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["permissions"] == {"contents": "read"}


def test_production_waits_for_staging_and_staging_for_the_tests() -> None:
    jobs = workflow("deploy.yml")["jobs"]
    assert jobs["production"]["needs"] == "staging"
    assert jobs["staging"]["needs"] == "test"
    assert tuple(jobs[name]["with"]["environment"] for name in ENVIRONMENTS) == ENVIRONMENTS


def test_a_deployment_is_tried_out_with_an_upload() -> None:
    *_, last = workflow("deploy-to.yml")["jobs"]["deploy"]["steps"]
    assert last["run"].startswith("make smoke")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_has_a_stack_of_its_own_that_is_deployed_unasked(
    samconfig: Node, pipeline: Node, environment: str
) -> None:
    stack = samconfig[environment]["global"]["parameters"]["stack_name"]
    assert stack == f"colorquant-{environment}"
    assert re.fullmatch(pipeline["Parameters"]["StackName"]["AllowedPattern"], stack)
    assert samconfig[environment]["deploy"]["parameters"]["confirm_changeset"] is False


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_sets_only_parameters_that_exist(samconfig: Node, environment: str) -> None:
    template = cfn_yaml.load(str(ROOT / "template.yml"))
    overrides = samconfig[environment]["deploy"]["parameters"]["parameter_overrides"]
    assert {pair.partition("=")[0] for pair in overrides.split()} - template["Parameters"].keys() == set()


def test_the_outputs_of_the_pipeline_are_the_variables_of_the_workflow(pipeline: Node) -> None:
    named = {re.search(r"[A-Z_]{5,}", output["Description"])[0] for output in pipeline["Outputs"].values()}
    used = set(re.findall(r"vars\.(\w+)", (ROOT / ".github" / "workflows" / "deploy-to.yml").read_text()))
    assert used == named | {"AWS_REGION"}


def test_only_the_repository_s_own_environment_may_take_the_role(pipeline: Node) -> None:
    (trust,) = pipeline["Resources"]["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": {
                "Fn::Sub": "repo:${GitHubRepository}:environment:${GitHubEnvironment}"
            },
        }
    }


def planned(tmp_path: Path, answers: str, *arguments: str) -> list[str]:
    """Which commands `make deploy` would run, with what SAM kept of earlier answers."""
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    (tmp_path / "samconfig.toml").write_text(answers)
    for needed in ("locks/sam.lock", ".venv-sam/.ready"):
        (tmp_path / needed).parent.mkdir(exist_ok=True)
        (tmp_path / needed).touch()
    run = subprocess.run(
        ["make", "--dry-run", "deploy", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in run.stdout.replace("\\\n", "").splitlines() if "bin/sam" in line]


KEPT = '[default.deploy.parameters]\nparameter_overrides = "MinColors=\\"8\\" Architecture=\\"arm64\\""\n'


@pytest.mark.parametrize(
    ("answers", "arguments", "architecture"),
    [
        ("", (), "x86_64"),
        ("", ("ARCHITECTURE=arm64",), "arm64"),
        (KEPT, (), "arm64"),
        (KEPT, ("ENV=staging",), "x86_64"),
        (KEPT, ("ARCHITECTURE=x86_64",), "x86_64"),
    ],
)
def test_the_image_is_built_for_the_processor_that_is_deployed_for(
    tmp_path: Path, answers: str, arguments: tuple[str, ...], architecture: str
) -> None:
    build, deploy = planned(tmp_path, answers, *arguments)
    assert f"Architecture={architecture}" in build
    # Given again, it would take the place of all answers that were kept.
    assert ("--parameter-overrides" in deploy) == any("ARCHITECTURE" in argument for argument in arguments)

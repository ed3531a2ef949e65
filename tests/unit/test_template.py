"""What is deployed, read from the files that deploy it."""

from __future__ import annotations

import copy
import importlib
import json
import re
from dataclasses import fields
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cfnlint.decode import cfn_yaml

from colorquant import Settings
from colorquant.aws.events import UploadedObject, uploaded_objects
from colorquant.settings import CRITERIA, LARGEST_SEED, MOST_COLORS, QUALITIES, parse_setting

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
FUNCTION = "QuantizeFunction"
BUCKETS = ("InputBucket", "OutputBucket")

Node = dict[str, Any]


@pytest.fixture
def template() -> Node:
    return cfn_yaml.load(str(ROOT / "template.yml"))


@pytest.fixture
def resources(template: Node) -> Node:
    return template["Resources"]


@pytest.fixture
def variables(resources: Node) -> Node:
    return resources[FUNCTION]["Properties"]["Environment"]["Variables"]


@pytest.fixture
def defaults(template: Node) -> Node:
    return {name: parameter["Default"] for name, parameter in template["Parameters"].items()}


def referred_to(node: Any) -> Iterator[str]:
    """Every logical name that a part of a template refers to."""
    if isinstance(node, list):
        for item in node:
            yield from referred_to(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            match key:
                case "Ref":
                    yield value
                case "Fn::GetAtt":
                    yield value[0] if isinstance(value, list) else value.partition(".")[0]
                case "Fn::Sub":
                    text = value if isinstance(value, str) else value[0]
                    yield from re.findall(r"\$\{(\w+)", text)
                case "DependsOn":
                    yield from [value] if isinstance(value, str) else value
                case _:
                    yield from referred_to(value)


def waits_for(resources: Node) -> dict[str, set[str]]:
    """Which resource CloudFormation makes after which, once SAM has written the notifications.

    SAM takes a function's S3 events out of the function and into the bucket, which then names the function.
    """
    graph = {}
    notifications = []
    for name, resource in resources.items():
        kept = copy.deepcopy(resource)
        for event in kept["Properties"].pop("Events", {}).values():
            notifications += [(bucket, name) for bucket in referred_to(event["Properties"]["Bucket"])]
        graph[name] = set(referred_to(kept)) & resources.keys()
    for bucket, function in notifications:
        graph[bucket].add(function)
    return graph


def statements(resources: Node, effect: str) -> list[Node]:
    """The statements of every policy that says what a role or a bucket's callers may do."""
    documents = []
    for resource in resources.values():
        properties = resource["Properties"]
        documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    return [s for document in documents for s in document["Statement"] if s["Effect"] == effect]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def as_text(arn: Any) -> str:
    """One line for an ARN however it is written."""
    if isinstance(arn, dict):
        (value,) = arn.values()
        return ".".join(value) if isinstance(value, list) else value
    return arn


def test_no_resource_waits_for_itself(resources: Node) -> None:
    order = list(TopologicalSorter(waits_for(resources)).static_order())
    assert order.index("QuantizeRole") < order.index(FUNCTION) < order.index("InputBucket")


def test_a_function_told_its_input_bucket_would_wait_for_itself(resources: Node) -> None:
    resources[FUNCTION]["Properties"]["Environment"]["Variables"]["INPUT_BUCKET"] = {"Ref": "InputBucket"}
    with pytest.raises(CycleError):
        TopologicalSorter(waits_for(resources)).prepare()


def test_a_role_that_names_the_input_bucket_would_wait_for_itself(resources: Node) -> None:
    access = resources["QuantizeBucketAccess"]["Properties"]
    resources["QuantizeRole"]["Properties"]["Policies"].append(access)
    with pytest.raises(CycleError):
        TopologicalSorter(waits_for(resources)).prepare()


def test_the_function_may_do_this_and_no_more(resources: Node) -> None:
    allowed = {
        (action, as_text(resource))
        for statement in statements(resources, "Allow")
        for action in as_list(statement["Action"])
        for resource in as_list(statement.get("Resource", []))
    }
    assert allowed == {
        ("logs:CreateLogStream", "QuantizeLogs.Arn"),
        ("logs:PutLogEvents", "QuantizeLogs.Arn"),
        ("s3:GetObject", "${InputBucket.Arn}/*"),
        ("s3:ListBucket", "InputBucket.Arn"),
        ("s3:PutObject", "${OutputBucket.Arn}/*"),
        ("s3:DeleteObject", "${OutputBucket.Arn}/*.error.json"),
    }


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_private_encrypted_and_without_acls(resources: Node, bucket: str) -> None:
    properties = resources[bucket]["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in {"AES256", "aws:kms"}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_refuses_everybody_without_tls(resources: Node, bucket: str) -> None:
    policies = {
        name: resource
        for name, resource in resources.items()
        if resource["Type"] == "AWS::S3::BucketPolicy" and resource["Properties"]["Bucket"] == {"Ref": bucket}
    }
    (denial,) = statements(policies, "Deny")
    assert denial["Principal"] == "*"
    assert denial["Action"] == "s3:*"
    assert {as_text(arn) for arn in denial["Resource"]} == {f"{bucket}.Arn", f"${{{bucket}.Arn}}/*"}
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_has_a_generated_name_and_outlives_the_stack(resources: Node, bucket: str) -> None:
    assert "BucketName" not in resources[bucket]["Properties"]
    assert resources[bucket]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources[bucket]["UpdateReplacePolicy"] == "Retain"


def test_results_go_to_another_bucket_than_uploads_come_from(resources: Node, variables: Node) -> None:
    (event,) = resources[FUNCTION]["Properties"]["Events"].values()
    assert event["Properties"]["Bucket"] == {"Ref": "InputBucket"}
    assert variables["OUTPUT_BUCKET"] == {"Ref": "OutputBucket"}


def test_every_created_object_starts_the_function(resources: Node) -> None:
    (event,) = resources[FUNCTION]["Properties"]["Events"].values()
    assert event["Properties"]["Events"] == "s3:ObjectCreated:*"


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_every_setting_is_a_parameter_with_the_library_s_default(
    variables: Node, defaults: Node, name: str
) -> None:
    default = str(defaults[variables[name.upper()]["Ref"]])
    assert Settings.from_environment({name.upper(): default}) == Settings()
    assert not default or parse_setting(name, default) == getattr(Settings(), name)


def test_parameters_take_what_the_settings_take(template: Node) -> None:
    parameters = template["Parameters"]
    assert parameters["Criterion"]["AllowedValues"] == list(CRITERIA)
    assert parameters["Quality"]["AllowedValues"] == list(QUALITIES)
    assert parameters["MaxColors"]["MaxValue"] == parameters["MinColors"]["MaxValue"] == MOST_COLORS
    assert parameters["Seed"]["MaxValue"] == LARGEST_SEED


def test_every_parameter_is_used_and_every_variable_means_something(template: Node, variables: Node) -> None:
    used = set(referred_to([template["Resources"], template["Conditions"]]))
    assert template["Parameters"].keys() - used == set()
    settings = {field.name.upper() for field in fields(Settings)}
    assert variables.keys() - settings == {
        "OUTPUT_BUCKET",
        "AWS_ENDPOINT_URL_S3",
        "OPENCV_IO_MAX_IMAGE_PIXELS",
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
        "POWERTOOLS_LOG_LEVEL",
    }


def test_opencv_s_limit_follows_ours(variables: Node) -> None:
    assert variables["OPENCV_IO_MAX_IMAGE_PIXELS"] == variables["MAX_PIXELS"]


def test_env_json_overrides_only_what_the_template_declares(variables: Node) -> None:
    overrides = json.loads((ROOT / "env.json").read_text())
    assert overrides.keys() == {FUNCTION}
    assert overrides[FUNCTION].keys() - variables.keys() == set()


def test_the_image_s_command_is_a_handler_that_exists() -> None:
    (command,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    (handler,) = json.loads(command)
    module, _, function = handler.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))


def test_the_notification_in_events_names_the_object_as_its_uploader_wrote_it() -> None:
    event = json.loads((ROOT / "events" / "s3-object-created.json").read_text())
    assert uploaded_objects(event) == [UploadedObject("colorquant-input", "garden/red floweré.jpg")]


def test_the_test_event_in_events_names_no_object() -> None:
    event = json.loads((ROOT / "events" / "s3-test-event.json").read_text())
    assert event["Event"] == "s3:TestEvent"
    assert uploaded_objects(event) == []

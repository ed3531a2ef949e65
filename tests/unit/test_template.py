"""What is deployed, read from the files that deploy it."""

from __future__ import annotations

import ast
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
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from colorquant import Settings
from colorquant.aws.events import UploadedObject, uploaded_objects
from colorquant.settings import LARGEST_SEED, MOST_COLORS, choices_of, parse_setting

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "colorquant"
FUNCTION = "QuantizeFunction"
FUNCTIONS = (FUNCTION, "BackfillFunction")
BUCKETS = ("InputBucket", "OutputBucket", "BackfillBucket")
ALARMS = (
    "FailureQueueAlarm",
    "LostEventsAlarm",
    "ForbiddenAlarm",
    "ErrorsAlarm",
    "ThrottlesAlarm",
    "EventAgeAlarm",
    "DurationAlarm",
)
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
TOPIC = "arn:aws:sns:us-east-1:123456789012:on-call"

Node = dict[str, Any]


@pytest.fixture(scope="module")
def written() -> Node:
    return cfn_yaml.load(str(ROOT / "template.yml"))


@pytest.fixture
def template(written: Node) -> Node:
    return copy.deepcopy(written)


@pytest.fixture(scope="module")
def deployed(written: Node) -> Node:
    """The resources that CloudFormation makes of the template with nothing but its defaults."""
    return as_deployed(written)


@pytest.fixture(scope="module")
def deployed_with_everything(written: Node) -> Node:
    """The same with every optional part asked for."""
    return as_deployed(
        written,
        KmsKeyArn=KEY,
        ReservedConcurrency="7",
        AlarmEmail="someone@example.org",
        S3EndpointUrl="https://s3.example.org",
    )


@pytest.fixture
def variables(template: Node) -> Node:
    return template["Globals"]["Function"]["Environment"]["Variables"]


@pytest.fixture
def defaults(template: Node) -> Node:
    return {name: parameter["Default"] for name, parameter in template["Parameters"].items()}


def expanded(template: Node) -> Node:
    """Give what SAM makes of a template, and so what CloudFormation sees."""
    prepared = copy.deepcopy(template)
    for name in FUNCTIONS:
        # `sam package` writes where the image was pushed to.
        prepared["Resources"][name]["Properties"]["ImageUri"] = (
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1"
        )
    values = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return Translator({}, Parser()).translate(prepared, values)


def as_deployed(template: Node, **parameters: str) -> Node:
    """Decide the conditions by the parameters, and leave out what they leave out."""
    whole = expanded(template)
    values = {name: str(parameter["Default"]) for name, parameter in whole["Parameters"].items()} | parameters

    def holds(condition: Any) -> bool:
        match condition:
            case str():
                return holds(whole["Conditions"][condition])
            case {"Condition": name}:
                return holds(name)
            case {"Fn::Not": [inner]}:
                return not holds(inner)
            case {"Fn::And": inner}:
                return all(map(holds, inner))
            case {"Fn::Or": inner}:
                return any(map(holds, inner))
            case {"Fn::Equals": [{"Ref": name}, value]}:
                return values[name] == str(value)
        raise AssertionError(condition)

    absent = {"Ref": "AWS::NoValue"}

    def decided(node: Any) -> Any:
        match node:
            case {"Fn::If": [condition, yes, no]}:
                return decided(yes if holds(condition) else no)
            case dict():
                pairs = ((name, decided(value)) for name, value in node.items())
                return {name: value for name, value in pairs if value != absent}
            case list():
                return [value for value in map(decided, node) if value != absent]
        return node

    return {
        name: decided(resource)
        for name, resource in whole["Resources"].items()
        if "Condition" not in resource or holds(resource["Condition"])
    }


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
    """Which resource CloudFormation makes after which."""
    return {name: set(referred_to(resource)) & resources.keys() for name, resource in resources.items()}


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


def allowed(resources: Node) -> set[tuple[str, str]]:
    return {
        (action, as_text(resource))
        for statement in statements(resources, "Allow")
        for action in as_list(statement["Action"])
        for resource in as_list(statement.get("Resource", []))
    }


def of_type(resources: Node, kind: str) -> Node:
    return {name: resource for name, resource in resources.items() if resource["Type"] == kind}


def test_no_resource_waits_for_itself(deployed_with_everything: Node) -> None:
    order = list(TopologicalSorter(waits_for(deployed_with_everything)).static_order())
    assert order.index("QuantizeRole") < order.index(FUNCTION) < order.index("InputBucket")


def test_a_function_told_its_input_bucket_would_wait_for_itself(template: Node, variables: Node) -> None:
    variables["INPUT_BUCKET"] = {"Ref": "InputBucket"}
    with pytest.raises(CycleError):
        TopologicalSorter(waits_for(expanded(template)["Resources"])).prepare()


def test_a_role_that_names_the_input_bucket_would_wait_for_itself(template: Node) -> None:
    resources = template["Resources"]
    access = resources["QuantizeBucketAccess"]["Properties"]
    resources["QuantizeRole"]["Properties"]["Policies"].append(access)
    with pytest.raises(CycleError):
        TopologicalSorter(waits_for(expanded(template)["Resources"])).prepare()


def test_the_functions_may_do_this_and_no_more(deployed: Node) -> None:
    rights = {name: deployed[name] for name in ("QuantizeRole", "QuantizeBucketAccess")}
    assert allowed(rights) == {
        ("logs:CreateLogStream", "QuantizeLogs.Arn"),
        ("logs:PutLogEvents", "QuantizeLogs.Arn"),
        ("sqs:SendMessage", "FailureQueue.Arn"),
        ("xray:PutTraceSegments", "*"),
        ("xray:PutTelemetryRecords", "*"),
        ("s3:GetObject", "${InputBucket.Arn}/*"),
        ("s3:GetObject", "${OutputBucket.Arn}/*"),
        ("s3:ListBucket", "InputBucket.Arn"),
        ("s3:ListBucket", "OutputBucket.Arn"),
        ("s3:PutObject", "${OutputBucket.Arn}/*"),
        ("s3:DeleteObject", "${OutputBucket.Arn}/*.error.json"),
    }


def test_batch_operations_may_do_this_and_no_more(deployed: Node) -> None:
    assert allowed({"BackfillRole": deployed["BackfillRole"]}) == {
        ("lambda:InvokeFunction", "BackfillFunction.Arn"),
        ("s3:ListBucket", "InputBucket.Arn"),
        ("s3:PutInventoryConfiguration", "InputBucket.Arn"),
        ("s3:GetObject", "${BackfillBucket.Arn}/*"),
        ("s3:GetObjectVersion", "${BackfillBucket.Arn}/*"),
        ("s3:PutObject", "${BackfillBucket.Arn}/*"),
    }


def test_only_traces_are_allowed_on_every_resource(deployed_with_everything: Node) -> None:
    everywhere = {action for action, resource in allowed(deployed_with_everything) if resource == "*"}
    # X-Ray knows no resource for these two.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    assert everywhere == {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def test_no_action_is_a_wildcard(deployed_with_everything: Node) -> None:
    actions = {action for action, _ in allowed(deployed_with_everything)}
    assert {action for action in actions if "*" in action} == set()


def test_sam_adds_no_role_and_no_policy_of_its_own(template: Node, deployed_with_everything: Node) -> None:
    kinds = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    added = deployed_with_everything.keys() - template["Resources"].keys()
    assert {name for name in added if deployed_with_everything[name]["Type"] in kinds} == set()


def test_s3_may_call_the_function_for_this_account_alone(deployed: Node) -> None:
    (permission,) = of_type(deployed, "AWS::Lambda::Permission").values()
    assert permission["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": FUNCTION},
        "Principal": "s3.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }


def test_an_event_is_tried_three_times_and_then_kept(deployed: Node) -> None:
    (config,) = of_type(deployed, "AWS::Lambda::EventInvokeConfig").values()
    properties = config["Properties"]
    assert properties["FunctionName"] == {"Ref": FUNCTION}
    assert properties["MaximumRetryAttempts"] == 2
    assert as_text(properties["DestinationConfig"]["OnFailure"]["Destination"]) == "FailureQueue.Arn"


def test_the_failure_queue_keeps_events_encrypted_for_two_weeks(deployed: Node) -> None:
    properties = deployed["FailureQueue"]["Properties"]
    assert properties["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert properties["SqsManagedSseEnabled"] is True


def test_the_failure_queue_refuses_everybody_without_tls(deployed: Node) -> None:
    (denial,) = statements({"policy": deployed["FailureQueuePolicy"]}, "Deny")
    assert (denial["Principal"], denial["Action"]) == ("*", "sqs:*")
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_concurrency_is_reserved_only_if_asked_for(deployed: Node, deployed_with_everything: Node) -> None:
    name = "ReservedConcurrentExecutions"
    assert name not in deployed[FUNCTION]["Properties"]
    assert deployed_with_everything[FUNCTION]["Properties"][name] == {"Ref": "ReservedConcurrency"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_traced_and_logs_to_the_group_that_is_kept_for_it(deployed: Node, name: str) -> None:
    properties = deployed[name]["Properties"]
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert properties["LoggingConfig"] == {"LogGroup": {"Ref": "QuantizeLogs"}}


def test_a_key_of_one_s_own_encrypts_whatever_is_kept(deployed_with_everything: Node) -> None:
    key = {"Ref": "KmsKeyArn"}
    resources = deployed_with_everything
    for bucket in BUCKETS:
        (rule,) = resources[bucket]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert resources["FailureQueue"]["Properties"]["KmsMasterKeyId"] == key
    assert resources["QuantizeLogs"]["Properties"]["KmsKeyId"] == key
    assert resources["AlarmTopic"]["Properties"]["KmsMasterKeyId"] == key
    assert [resources[name]["Properties"]["KmsKeyArn"] for name in FUNCTIONS] == [key, key]


@pytest.mark.parametrize("role", ["QuantizeRole", "BackfillRole"])
def test_a_role_may_use_the_key_only_where_there_is_one(
    deployed: Node, deployed_with_everything: Node, role: str
) -> None:
    with_key = allowed({role: deployed_with_everything[role]}) - allowed({role: deployed[role]})
    assert with_key == {("kms:Decrypt", "KmsKeyArn"), ("kms:GenerateDataKey", "KmsKeyArn")}


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_tells_the_mail_address_or_the_topic_or_nobody(template: Node, alarm: str) -> None:
    def told(**parameters: str) -> Any:
        return as_deployed(template, **parameters)[alarm]["Properties"]["AlarmActions"]

    assert told() == []
    assert told(AlarmEmail="someone@example.org") == [{"Ref": "AlarmTopic"}]
    assert told(AlarmTopicArn=TOPIC, AlarmEmail="someone@example.org") == [{"Ref": "AlarmTopicArn"}]


def test_silence_is_no_alarm(deployed: Node) -> None:
    alarms = of_type(deployed, "AWS::CloudWatch::Alarm")
    assert alarms.keys() == set(ALARMS)
    assert {alarm["Properties"]["TreatMissingData"] for alarm in alarms.values()} == {"notBreaching"}


def test_the_dashboard_shows_every_alarm(deployed: Node) -> None:
    body = json.loads(deployed["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    (shown,) = [widget["properties"]["alarms"] for widget in body["widgets"] if widget["type"] == "alarm"]
    assert shown == [f"${{{name}.Arn}}" for name in ALARMS]


def test_what_to_do_about_every_alarm_is_written_down(deployed: Node) -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    alarms = of_type(deployed, "AWS::CloudWatch::Alarm")
    assert {name for name in alarms if f"| `{name}` |" not in page} == set()


def constants(folder: Path) -> set[str]:
    """Every text that stands in the code of a folder."""
    nodes = (node for path in folder.rglob("*.py") for node in ast.walk(ast.parse(path.read_text())))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_dashboard_shows_no_metric_that_nobody_counts(deployed: Node) -> None:
    body = json.loads(deployed["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    lines = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", [])]
    ours = {line[1] for line in lines if isinstance(line, list) and line[0] == "colorquant"}
    assert "Images" in ours
    assert ours - constants(PACKAGE / "aws") == set()


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_private_encrypted_and_without_acls(deployed: Node, bucket: str) -> None:
    properties = deployed[bucket]["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_refuses_everybody_without_tls(deployed: Node, bucket: str) -> None:
    policies = {
        name: resource
        for name, resource in of_type(deployed, "AWS::S3::BucketPolicy").items()
        if resource["Properties"]["Bucket"] == {"Ref": bucket}
    }
    (denial,) = statements(policies, "Deny")
    assert denial["Principal"] == "*"
    assert denial["Action"] == "s3:*"
    assert {as_text(arn) for arn in denial["Resource"]} == {f"{bucket}.Arn", f"${{{bucket}.Arn}}/*"}
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_has_a_generated_name_and_outlives_the_stack(deployed: Node, bucket: str) -> None:
    assert "BucketName" not in deployed[bucket]["Properties"]
    assert deployed[bucket]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert deployed[bucket]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("bucket", BUCKETS)
def test_what_a_bucket_replaces_is_kept_for_a_while_and_not_for_ever(deployed: Node, bucket: str) -> None:
    properties = deployed[bucket]["Properties"]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    kept = [
        rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for rule in properties["LifecycleConfiguration"]["Rules"]
        if "NoncurrentVersionExpiration" in rule
    ]
    assert kept == [{"Ref": "NoncurrentVersionDays"}]


def test_only_uploads_start_a_function_and_results_go_elsewhere(deployed: Node, variables: Node) -> None:
    buckets = of_type(deployed, "AWS::S3::Bucket")
    notified = {
        name: bucket["Properties"]["NotificationConfiguration"]
        for name, bucket in buckets.items()
        if "NotificationConfiguration" in bucket["Properties"]
    }
    call = {"Event": "s3:ObjectCreated:*", "Function": {"Fn::GetAtt": [FUNCTION, "Arn"]}}
    assert notified == {"InputBucket": {"LambdaConfigurations": [call]}}
    assert variables["OUTPUT_BUCKET"] == {"Ref": "OutputBucket"}


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_every_setting_is_a_parameter_with_the_recipe_s_default(
    variables: Node, defaults: Node, name: str
) -> None:
    default = str(defaults[variables[name.upper()]["Ref"]])
    assert not default or parse_setting(name, default) == getattr(Settings.recipe(), name)


def test_the_parameters_defaults_come_to_the_recipe(variables: Node, defaults: Node) -> None:
    names = [field.name.upper() for field in fields(Settings)]
    environment = {name: str(defaults[variables[name]["Ref"]]) for name in names}
    assert Settings.from_environment(environment) == Settings.recipe()


@pytest.mark.parametrize("name", [field.name for field in fields(Settings) if choices_of(field.name)])
def test_a_parameter_allows_the_names_of_its_setting(template: Node, variables: Node, name: str) -> None:
    parameter = template["Parameters"][variables[name.upper()]["Ref"]]
    assert parameter["AllowedValues"] == list(choices_of(name))


def test_parameters_take_what_the_settings_take(template: Node) -> None:
    parameters = template["Parameters"]
    assert parameters["MaxColors"]["MaxValue"] == parameters["MinColors"]["MaxValue"] == MOST_COLORS
    assert parameters["Seed"]["MaxValue"] == LARGEST_SEED


def test_every_parameter_is_used_and_every_variable_means_something(template: Node, variables: Node) -> None:
    used = set(referred_to([template[part] for part in ("Globals", "Resources", "Conditions")]))
    assert template["Parameters"].keys() - used == set()
    settings = {field.name.upper() for field in fields(Settings)}
    assert variables.keys() - settings == {
        "OUTPUT_BUCKET",
        "CACHE_CONTROL",
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
    assert overrides.keys() == set(FUNCTIONS)
    assert set().union(*overrides.values()) - variables.keys() == set()


def variables_read() -> set[str]:
    """Every environment variable that the code asks for by its name."""
    names = set()
    for path in [*(PACKAGE / "aws").rglob("*.py"), PACKAGE / "settings.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="get", value=holder), args=[ast.Constant(value=str(name)), *_]
                ):
                    names |= {name} if ast.unparse(holder) in {"environment", "os.environ"} else set()
                case ast.Subscript(value=holder, slice=ast.Constant(value=str(name))):
                    names |= {name} if ast.unparse(holder) in {"environment", "os.environ"} else set()
    return names


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_variable_the_code_reads_is_declared(deployed_with_everything: Node, name: str) -> None:
    declared = deployed_with_everything[name]["Properties"]["Environment"]["Variables"]
    settings = {field.name.upper() for field in fields(Settings)}
    assert "OUTPUT_BUCKET" in variables_read()
    assert (variables_read() | settings) - declared.keys() == set()


def handlers(resources: Node) -> Iterator[str]:
    """What the image calls by itself, and what a function has it call instead."""
    (command,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    yield from json.loads(command)
    for function in of_type(resources, "AWS::Lambda::Function").values():
        yield from function["Properties"].get("ImageConfig", {}).get("Command", [])


def test_every_handler_that_is_named_exists(deployed: Node) -> None:
    named = list(handlers(deployed))
    assert len(named) == len(FUNCTIONS)
    for handler in named:
        module, _, function = handler.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function))


def test_the_notification_in_events_names_the_object_as_its_uploader_wrote_it() -> None:
    event = json.loads((ROOT / "events" / "s3-object-created.json").read_text())
    assert uploaded_objects(event) == [UploadedObject("colorquant-input", "garden/red floweré.jpg")]


def test_the_test_event_in_events_names_no_object() -> None:
    event = json.loads((ROOT / "events" / "s3-test-event.json").read_text())
    assert event["Event"] == "s3:TestEvent"
    assert uploaded_objects(event) == []

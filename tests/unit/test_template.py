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
from moto.events.models import EventPattern
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from colorquant import Settings
from colorquant.aws.canary import FOLDER
from colorquant.aws.events import UploadedObject, uploaded_objects
from colorquant.aws.newest import LONGEST_CALL
from colorquant.aws.outputs import ERROR, RESULTS
from colorquant.settings import LARGEST_SEED, MOST_COLORS, choices_of, parse_setting
from tests.unit.policies import allows, resolved, statements_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "colorquant"
FUNCTION = "QuantizeFunction"
FUNCTIONS = (FUNCTION, "BackfillFunction", "SettingsCheckFunction", "TrialFunction", "CanaryFunction")
PROCESSING = FUNCTIONS[:2]
BUCKETS = ("InputBucket", "OutputBucket", "BackfillBucket")
ALARMS = (
    "FailureQueueAlarm",
    "LostEventsAlarm",
    "ForbiddenAlarm",
    "RefusedAlarm",
    "OldFailuresAlarm",
    "ErrorsAlarm",
    "ThrottlesAlarm",
    "EventAgeAlarm",
    "DurationAlarm",
    "BackfillErrorsAlarm",
)
# Those that are there only if asked for, and the one that tells CodeDeploy instead of people.
ALARMS_ON_REQUEST = ("QuietAlarm", "CanaryAlarm")
FOR_CODEDEPLOY = "DeploymentAlarm"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
OLD_KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
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
        BackfillConcurrency="3",
        CanaryMinutes="5",
        QuietHours="6",
        StaleResults="delete",
        KeyPrefix="photos/",
        KeySuffix=".jpg",
        PreviousKmsKeyArn=OLD_KEY,
    )


EXISTING = {"ExistingInputBucket": "photos-of-ours", "ExistingOutputBucket": "results-of-ours"}
COMBINATIONS = [{}, *({name: bucket} for name, bucket in EXISTING.items()), EXISTING]
MORE = {"": {}, "all": {"CanaryMinutes": "5", "QuietHours": "3", "KmsKeyArn": KEY}}


@pytest.fixture(scope="module")
def attached(written: Node) -> Node:
    """The resources with both buckets given."""
    return as_deployed(written, **EXISTING, CanaryMinutes="5")


@pytest.fixture
def variables(template: Node) -> Node:
    return template["Globals"]["Function"]["Environment"]["Variables"]


@pytest.fixture
def defaults(template: Node) -> Node:
    return {name: parameter["Default"] for name, parameter in template["Parameters"].items()}


def expanded(template: Node, **parameters: str) -> Node:
    """Give what SAM makes of a template, and so what CloudFormation sees."""
    prepared = copy.deepcopy(template)
    for name in FUNCTIONS:
        # `sam package` writes where the image was pushed to.
        prepared["Resources"][name]["Properties"]["ImageUri"] = (
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/i:1"
        )
    values = {name: parameter["Default"] for name, parameter in template["Parameters"].items()} | parameters
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return Translator({}, Parser()).translate(prepared, values)


def as_deployed(template: Node, **parameters: str) -> Node:
    """Decide the conditions by the parameters, and leave out what they leave out."""
    whole = expanded(template, **parameters)
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
                    text, given = (value, {}) if isinstance(value, str) else value
                    yield from (name for name in re.findall(r"\$\{(\w+)", text) if name not in given)
                    yield from referred_to(given)
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


ENDINGS = [file.suffix for file in (*RESULTS, ERROR)]


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
        ("s3:GetObject", f"${{BackfillBucket.Arn}}/{FOLDER}/*"),
        ("s3:ListBucket", "InputBucket.Arn"),
        ("s3:ListBucket", "OutputBucket.Arn"),
        ("s3:PutObject", "${OutputBucket.Arn}/*"),
        *(("s3:DeleteObject", f"${{OutputBucket.Arn}}/*{ending}") for ending in ENDINGS),
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


def policies_in(node: Any) -> Iterator[Node]:
    """Every policy that a template holds, whatever its conditions."""
    match node:
        case {"Statement": _}:
            yield node
        case dict():
            for value in node.values():
                yield from policies_in(value)
        case list():
            for value in node:
                yield from policies_in(value)


@pytest.mark.parametrize("file", ["template.yml", "deploy/pipeline.yml"])
def test_every_policy_is_of_the_language_s_present_version(file: str) -> None:
    found = list(policies_in(cfn_yaml.load(str(ROOT / file))["Resources"]))
    assert len(found) > 10
    assert {policy.get("Version") for policy in found} == {"2012-10-17"}


def test_no_action_is_a_wildcard(deployed_with_everything: Node) -> None:
    actions = {action for action, _ in allowed(deployed_with_everything)}
    assert {action for action in actions if "*" in action} == set()


def test_sam_adds_no_role_and_no_policy_of_its_own(template: Node, deployed_with_everything: Node) -> None:
    kinds = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    added = deployed_with_everything.keys() - template["Resources"].keys()
    assert {name for name in added if deployed_with_everything[name]["Type"] in kinds} == set()


ALIAS = {"Ref": "QuantizeFunctionAliaslive"}


def test_s3_may_call_the_function_for_this_account_alone(deployed: Node) -> None:
    (permission,) = of_type(deployed, "AWS::Lambda::Permission").values()
    assert permission["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": ALIAS,
        "Principal": "s3.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"},
    }


def test_an_event_is_tried_three_times_and_then_kept(deployed: Node) -> None:
    configs = [each["Properties"] for each in of_type(deployed, "AWS::Lambda::EventInvokeConfig").values()]
    # Lambda drops what fails under a name that has no destination.
    assert sorted(properties["Qualifier"] for properties in configs) == ["$LATEST", "live"]
    for properties in configs:
        assert properties["FunctionName"] == {"Ref": FUNCTION}
        assert properties["MaximumRetryAttempts"] == 2
        # SAM fills the parameter in where it writes the resource itself.
        assert properties["MaximumEventAgeInSeconds"] in (21_600, {"Ref": "MaxEventAge"})
        assert as_text(properties["DestinationConfig"]["OnFailure"]["Destination"]) == "FailureQueue.Arn"


def test_the_failure_queue_keeps_events_encrypted_for_two_weeks(deployed: Node) -> None:
    properties = deployed["FailureQueue"]["Properties"]
    assert properties["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert properties["SqsManagedSseEnabled"] is True


def test_the_failure_queue_refuses_everybody_without_tls(deployed: Node) -> None:
    assert deployed["FailureQueuePolicy"]["Properties"]["Queues"] == [{"Ref": "FailureQueue"}]
    (denial,) = statements({"policy": deployed["FailureQueuePolicy"]}, "Deny")
    assert (denial["Principal"], denial["Action"]) == ("*", "sqs:*")
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_concurrency_is_reserved_only_if_asked_for(deployed: Node, deployed_with_everything: Node) -> None:
    name = "ReservedConcurrentExecutions"
    assert name not in deployed[FUNCTION]["Properties"]
    assert deployed_with_everything[FUNCTION]["Properties"][name] == {"Ref": "ReservedConcurrency"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_traced_and_logs_to_the_group_that_is_kept_for_it(
    deployed_with_everything: Node, name: str
) -> None:
    properties = deployed_with_everything[name]["Properties"]
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert properties["LoggingConfig"] == {"LogGroup": {"Ref": "QuantizeLogs"}}


def test_a_key_of_one_s_own_encrypts_whatever_is_kept(deployed_with_everything: Node) -> None:
    key = {"Ref": "KmsKeyArn"}
    resources = deployed_with_everything
    for bucket in BUCKETS:
        (rule,) = resources[bucket]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        # One request to KMS for many objects.
        assert rule["BucketKeyEnabled"] is True
    assert resources["FailureQueue"]["Properties"]["KmsMasterKeyId"] == key
    assert resources["QuantizeLogs"]["Properties"]["KmsKeyId"] == key
    assert resources["AlarmTopic"]["Properties"]["KmsMasterKeyId"] == key
    assert [resources[name]["Properties"]["KmsKeyArn"] for name in FUNCTIONS] == [key] * len(FUNCTIONS)


KEY_USES = {"kms:Decrypt", "kms:GenerateDataKey"}
# Which of the given buckets' keys a role uses, and for what.
BUCKET_KEYS = {
    "QuantizeRole": {"ExistingInputKmsKeyArn": {"kms:Decrypt"}, "ExistingOutputKmsKeyArn": KEY_USES},
    "CanaryRole": {"ExistingInputKmsKeyArn": KEY_USES, "ExistingOutputKmsKeyArn": KEY_USES},
    "TrialRole": {"ExistingOutputKmsKeyArn": KEY_USES},
    "BackfillRole": {},
}


@pytest.mark.parametrize("role", BUCKET_KEYS)
def test_a_role_may_use_a_given_bucket_s_key_as_far_as_it_needs_it(written: Node, role: str) -> None:
    keys = {"ExistingInputKmsKeyArn": OLD_KEY, "ExistingOutputKmsKeyArn": KEY}
    stack = as_deployed(written, **EXISTING, **keys, CanaryMinutes="5")
    granted = {pair for pair in allowed({role: stack[role]}) if pair[0].startswith("kms:")}
    assert granted == {(action, name) for name, actions in BUCKET_KEYS[role].items() for action in actions}


@pytest.mark.parametrize("role", ["QuantizeRole", "BackfillRole", "TrialRole"])
def test_a_role_may_use_the_key_only_where_there_is_one(
    deployed: Node, deployed_with_everything: Node, role: str
) -> None:
    with_key = allowed({role: deployed_with_everything[role]}) - allowed({role: deployed[role]})
    old = {("kms:Decrypt", "PreviousKmsKeyArn")} if role == "QuantizeRole" else set()
    assert with_key == {("kms:Decrypt", "KmsKeyArn"), ("kms:GenerateDataKey", "KmsKeyArn")} | old


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_tells_the_mail_address_or_the_topic_or_nobody(template: Node, alarm: str) -> None:
    def told(**parameters: str) -> Any:
        return as_deployed(template, **parameters)[alarm]["Properties"]["AlarmActions"]

    assert told() == []
    assert told(AlarmEmail="someone@example.org") == [{"Ref": "AlarmTopic"}]
    assert told(AlarmTopicArn=TOPIC, AlarmEmail="someone@example.org") == [{"Ref": "AlarmTopicArn"}]


def test_what_publishes_alarms_may_publish_to_that_topic(deployed_with_everything: Node) -> None:
    policy = deployed_with_everything["AlarmTopicPolicy"]["Properties"]
    assert policy["Topics"] == [{"Ref": "AlarmTopic"}]
    allow, deny = policy["PolicyDocument"]["Statement"]
    assert (allow["Effect"], allow["Principal"]) == ("Allow", {"Service": "cloudwatch.amazonaws.com"})
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert [each["Resource"] for each in (allow, deny)] == [{"Ref": "AlarmTopic"}] * 2
    assert {each["Action"] for each in (allow, deny)} == {"sns:Publish"}
    mail = deployed_with_everything["AlarmTopic"]["Properties"]["Subscription"]
    assert mail == [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}]


@pytest.mark.parametrize("alarm", [*ALARMS, *ALARMS_ON_REQUEST])
def test_an_alarm_tells_when_it_is_over(deployed_with_everything: Node, alarm: str) -> None:
    properties = deployed_with_everything[alarm]["Properties"]
    assert properties["OKActions"] == properties["AlarmActions"] != []


# Namespace, metric, how it is summed up, what is too much, and what of.
QUANTIZE = {"FunctionName": {"Ref": FUNCTION}}
STACK = {"service": {"Ref": "AWS::StackName"}}
QUEUE = {"QueueName": {"Fn::GetAtt": ["FailureQueue", "QueueName"]}}
WATCHED = {
    "FailureQueueAlarm": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", 0, QUEUE),
    "OldFailuresAlarm": ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", 7 * 24 * 3600, QUEUE),
    "LostEventsAlarm": ("AWS/Lambda", "DestinationDeliveryFailures", "Sum", 0, QUANTIZE),
    "ErrorsAlarm": ("AWS/Lambda", "Errors", "Sum", 0, QUANTIZE),
    "ThrottlesAlarm": ("AWS/Lambda", "Throttles", "Sum", 0, QUANTIZE),
    "EventAgeAlarm": ("AWS/Lambda", "AsyncEventAge", "Maximum", 600_000, QUANTIZE),
    "ForbiddenAlarm": ("colorquant", "Forbidden", "Sum", 0, STACK),
    "RefusedAlarm": ("colorquant", "Refused", "Sum", 0, STACK),
    "BackfillErrorsAlarm": (
        "AWS/Lambda",
        "Errors",
        "Sum",
        0,
        {"FunctionName": {"Ref": "BackfillFunction"}},
    ),
    "CanaryAlarm": ("AWS/Lambda", "Errors", "Sum", 0, {"FunctionName": {"Ref": "CanaryFunction"}}),
}


@pytest.mark.parametrize("alarm", WATCHED)
def test_an_alarm_goes_off_when_there_is_too_much_of_something(
    deployed_with_everything: Node, alarm: str
) -> None:
    properties = deployed_with_everything[alarm]["Properties"]
    namespace, metric, statistic, most, of = WATCHED[alarm]
    assert (properties["Namespace"], properties["MetricName"]) == (namespace, metric)
    assert (properties["Statistic"], properties["Threshold"]) == (statistic, most)
    assert properties["ComparisonOperator"] == "GreaterThanThreshold"
    assert {each["Name"]: each["Value"] for each in properties["Dimensions"]} == of
    assert properties["Period"] == 300
    assert namespace != "colorquant" or metric in constants(PACKAGE / "aws")


def test_errors_and_throttles_must_last_before_they_are_an_alarm(deployed: Node) -> None:
    periods = {
        name: (alarm["Properties"]["EvaluationPeriods"], alarm["Properties"].get("DatapointsToAlarm"))
        for name, alarm in of_type(deployed, "AWS::CloudWatch::Alarm").items()
        if alarm["Properties"]["EvaluationPeriods"] != 1
    }
    assert periods == {
        "ErrorsAlarm": (3, 2),
        "ThrottlesAlarm": (3, None),
        "BackfillErrorsAlarm": (3, None),
    }


def test_a_call_that_nearly_ran_out_of_time_is_an_alarm(deployed: Node) -> None:
    properties = deployed["DurationAlarm"]["Properties"]
    share, duration = properties["Metrics"]
    assert share["Expression"] == {"Fn::Sub": "duration / (${Timeout} * 10)"}
    assert (share["ReturnData"], duration["ReturnData"]) == (True, False)
    watched = duration["MetricStat"]["Metric"]
    assert (watched["Namespace"], watched["MetricName"]) == ("AWS/Lambda", "Duration")
    assert watched["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": FUNCTION}}]
    assert (duration["Id"], duration["MetricStat"]["Stat"]) == ("duration", "Maximum")
    assert (properties["ComparisonOperator"], properties["Threshold"]) == ("GreaterThanThreshold", 90)


def test_a_single_failed_call_takes_a_deployment_back(deployed: Node) -> None:
    properties = deployed[FOR_CODEDEPLOY]["Properties"]
    assert (properties["Namespace"], properties["MetricName"]) == ("AWS/Lambda", "Errors")
    assert (properties["Statistic"], properties["Threshold"], properties["Period"]) == ("Sum", 0, 60)
    assert properties["ComparisonOperator"] == "GreaterThanThreshold"


def test_silence_is_no_alarm(deployed: Node) -> None:
    alarms = of_type(deployed, "AWS::CloudWatch::Alarm")
    assert alarms.keys() == {*ALARMS, FOR_CODEDEPLOY}
    assert {alarm["Properties"]["TreatMissingData"] for alarm in alarms.values()} == {"notBreaching"}


def test_silence_is_one_where_that_is_asked_for(deployed_with_everything: Node) -> None:
    alarms = of_type(deployed_with_everything, "AWS::CloudWatch::Alarm")
    assert alarms.keys() == {*ALARMS, *ALARMS_ON_REQUEST, FOR_CODEDEPLOY}
    quiet = alarms["QuietAlarm"]["Properties"]
    assert quiet["TreatMissingData"] == "breaching"
    assert (quiet["Period"], quiet["EvaluationPeriods"]) == (3600, {"Ref": "QuietHours"})
    assert (quiet["Namespace"], quiet["MetricName"], quiet["Statistic"]) == ("colorquant", "Events", "Sum")
    assert (quiet["ComparisonOperator"], quiet["Threshold"]) == ("LessThanThreshold", 1)
    assert {each["Name"]: each["Value"] for each in quiet["Dimensions"]} == STACK


def test_the_dashboard_shows_every_alarm(deployed: Node) -> None:
    body = json.loads(deployed["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    (shown,) = [widget["properties"]["alarms"] for widget in body["widgets"] if widget["type"] == "alarm"]
    assert shown == [f"${{{name}.Arn}}" for name in ALARMS]


def test_every_alarm_leads_to_its_page_of_what_to_do(deployed_with_everything: Node, attached: Node) -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    for name, alarm in of_type(deployed_with_everything | attached, "AWS::CloudWatch::Alarm").items():
        described = alarm["Properties"]["AlarmDescription"]["Fn::Sub"]
        assert described.endswith(f"See ${{RunbookUrl}}#{name.lower()}")
        assert f"\n### {name}\n" in page


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
    (denial,) = [s for s in statements(policies, "Deny") if s["Sid"] == "RefusePlainHttp"]
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
    assert {rule["Status"] for rule in properties["LifecycleConfiguration"]["Rules"]} == {"Enabled"}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_what_is_worth_nothing_goes_by_itself(deployed: Node, bucket: str) -> None:
    rules = deployed[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert {"DaysAfterInitiation": 7} in [rule.get("AbortIncompleteMultipartUpload") for rule in rules]
    # A marker under which nothing is left is listed for ever; reports have an age of their own instead.
    markers = [rule for rule in rules if rule.get("ExpiredObjectDeleteMarker") is True]
    reports = [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule]
    assert (len(markers), reports) == ((0, [90]) if bucket == "BackfillBucket" else (1, []))


def notified(resources: Node) -> Node:
    """Which of the stack's buckets call what for which event, and by which filter."""
    return {
        name: {
            call["Event"]: (call["Function"], call.get("Filter"))
            for call in bucket["Properties"]["NotificationConfiguration"]["LambdaConfigurations"]
        }
        for name, bucket in of_type(resources, "AWS::S3::Bucket").items()
        if "NotificationConfiguration" in bucket["Properties"]
    }


def test_uploads_and_restored_objects_start_the_function_and_results_go_elsewhere(deployed: Node) -> None:
    events = ("s3:ObjectCreated:*", "s3:ObjectRestore:Completed")
    assert notified(deployed) == {"InputBucket": dict.fromkeys(events, (ALIAS, None))}
    environment = deployed[FUNCTION]["Properties"]["Environment"]["Variables"]
    assert environment["OUTPUT_BUCKET"] == {"Ref": "OutputBucket"}


def test_deletions_start_it_too_where_results_go_with_their_uploads(deployed_with_everything: Node) -> None:
    events = ("Created:*", "Restore:Completed", "Removed:*")
    names = {*(f"s3:Object{event}" for event in events), "s3:LifecycleExpiration:*"}
    assert notified(deployed_with_everything)["InputBucket"].keys() == names


def test_uploads_are_filtered_by_the_ends_of_their_keys(deployed_with_everything: Node) -> None:
    rules = [
        {"Name": "prefix", "Value": {"Ref": "KeyPrefix"}},
        {"Name": "suffix", "Value": {"Ref": "KeySuffix"}},
    ]
    calls = notified(deployed_with_everything)["InputBucket"].values()
    assert [by["S3Key"]["Rules"] for _, by in calls] == [rules] * 4


def test_s3_is_allowed_to_call_before_it_is_asked_to(deployed: Node) -> None:
    assert deployed["InputBucket"]["DependsOn"] == "UploadPermission"


# Buckets that are there already.


@pytest.mark.parametrize("given", COMBINATIONS, ids=lambda given: " ".join(given) or "none")
@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_no_resource_waits_for_itself_or_for_one_that_is_not_made(
    written: Node, given: dict[str, str], more: dict[str, str]
) -> None:
    resources = as_deployed(written, **given, **more)
    list(TopologicalSorter(waits_for(resources)).static_order())
    known = resources.keys() | written["Parameters"].keys()
    missing = {name for resource in resources.values() for name in referred_to(resource)} - known
    assert {name for name in missing if not name.startswith("AWS")} == set()


@pytest.mark.parametrize("given", COMBINATIONS, ids=lambda given: " ".join(given) or "none")
def test_a_bucket_is_made_only_where_none_is_given(written: Node, given: dict[str, str]) -> None:
    made = of_type(as_deployed(written, **given), "AWS::S3::Bucket").keys()
    assert made == {bucket for bucket in BUCKETS if f"Existing{bucket}" not in given}


def test_the_functions_have_rights_on_exactly_the_buckets_that_are_given(attached: Node) -> None:
    source, results = (f"arn:${{AWS::Partition}}:s3:::${{{name}}}" for name in EXISTING)
    rights = allowed({name: attached[name] for name in ("QuantizeBucketAccess", "BackfillRole")})
    assert {(action, arn) for action, arn in rights if action.startswith("s3:")} == {
        ("s3:GetObject", f"{source}/*"),
        ("s3:GetObject", f"{results}/*"),
        ("s3:ListBucket", source),
        ("s3:ListBucket", results),
        ("s3:PutObject", f"{results}/*"),
        *(("s3:DeleteObject", f"{results}/*{ending}") for ending in ENDINGS),
        ("s3:PutInventoryConfiguration", source),
        ("s3:GetObject", "${BackfillBucket.Arn}/*"),
        ("s3:GetObjectVersion", "${BackfillBucket.Arn}/*"),
        ("s3:PutObject", "${BackfillBucket.Arn}/*"),
    }


def test_the_functions_are_told_the_given_buckets_and_whose_they_are(written: Node, attached: Node) -> None:
    told = attached[FUNCTION]["Properties"]["Environment"]["Variables"]
    ours = {"Ref": "AWS::AccountId"}
    assert told["OUTPUT_BUCKET"] == {"Ref": "ExistingOutputBucket"}
    assert (told["INPUT_BUCKET_OWNER"], told["OUTPUT_BUCKET_OWNER"]) == (ours, ours)
    assert attached["CanaryFunction"]["Properties"]["Environment"]["Variables"]["INPUT_BUCKET"] == {
        "Ref": "ExistingInputBucket"
    }
    owners = {f"{name}Owner": "210987654321" for name in EXISTING}
    told = as_deployed(written, **EXISTING, **owners)[FUNCTION]["Properties"]["Environment"]["Variables"]
    assert told["INPUT_BUCKET_OWNER"] == {"Ref": "ExistingInputBucketOwner"}
    assert told["OUTPUT_BUCKET_OWNER"] == {"Ref": "ExistingOutputBucketOwner"}


def test_a_given_bucket_keeps_its_policy_and_its_notifications(attached: Node) -> None:
    policies = of_type(attached, "AWS::S3::BucketPolicy")
    assert policies.keys() == {"BackfillBucketPolicy"}
    assert notified(attached) == {}


def test_the_keys_of_given_buckets_may_be_used_as_far_as_is_needed(written: Node) -> None:
    without = as_deployed(written, **EXISTING)
    with_keys = as_deployed(written, **EXISTING, ExistingInputKmsKeyArn=KEY, ExistingOutputKmsKeyArn=OLD_KEY)
    new = allowed({"role": with_keys["QuantizeRole"]}) - allowed({"role": without["QuantizeRole"]})
    assert new == {
        ("kms:Decrypt", "ExistingInputKmsKeyArn"),
        ("kms:Decrypt", "ExistingOutputKmsKeyArn"),
        ("kms:GenerateDataKey", "ExistingOutputKmsKeyArn"),
    }


def test_eventbridge_brings_the_events_of_the_given_bucket_alone(attached: Node) -> None:
    rule = attached["UploadRule"]["Properties"]
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created", "Object Restore Completed"],
        "detail": {"bucket": {"name": [{"Ref": "ExistingInputBucket"}]}},
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == ALIAS
    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["FailureQueue", "Arn"]}}


def test_events_that_eventbridge_loses_are_an_alarm(written: Node) -> None:
    alarm = as_deployed(written, **EXISTING, AlarmTopicArn=TOPIC)["UndeliveredAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Events", "InvocationsFailedToBeSentToDlq")
    # Metrics of the default bus have this dimension alone.
    assert alarm["Dimensions"] == [{"Name": "RuleName", "Value": {"Ref": "UploadRule"}}]
    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Sum", "GreaterThanThreshold")
    assert (alarm["Threshold"], alarm["Period"], alarm["EvaluationPeriods"]) == (0, 300, 1)
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopicArn"}]


def test_eventbridge_may_call_the_function_for_that_rule_alone(attached: Node) -> None:
    permission = attached["UploadRulePermission"]["Properties"]
    assert permission == {
        "FunctionName": ALIAS,
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["UploadRule", "Arn"]},
    }
    (leave,) = statements({"policy": attached["FailureQueuePolicy"]}, "Allow")
    assert leave["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["UploadRule", "Arn"]}}}


@pytest.mark.parametrize(
    ("bucket", "key", "wanted"),
    [
        ("photos-of-ours", "photos/a.jpg", True),
        ("photos-of-ours", "photos/2026/a b.jpg", True),
        ("photos-of-ours", "photos/a.png", False),
        ("photos-of-ours", "drawings/a.jpg", False),
        ("photos-of-others", "photos/a.jpg", False),
    ],
)
def test_the_rule_takes_the_events_it_should(written: Node, bucket: str, key: str, wanted: bool) -> None:
    given = {"KeyPrefix": "photos/", "KeySuffix": ".jpg"} | EXISTING
    pattern = as_deployed(written, **given)["UploadRule"]["Properties"]["EventPattern"]
    event = json.loads((ROOT / "events" / "eventbridge-existing-bucket.json").read_text())
    event["detail"]["bucket"]["name"], event["detail"]["object"]["key"] = bucket, key
    # The emulator's reading of patterns, not ours.
    assert EventPattern.load(json.dumps(resolved(pattern, given, {}))).matches_event(event) is wanted


def test_the_rule_filters_and_hears_of_deletions_as_a_new_bucket_does(written: Node) -> None:
    given = as_deployed(written, **EXISTING, StaleResults="delete", KeyPrefix="photos/")
    pattern = given["UploadRule"]["Properties"]["EventPattern"]
    assert pattern["detail"]["object"] == {"key": [{"wildcard": {"Fn::Sub": "${KeyPrefix}*${KeySuffix}"}}]}
    assert pattern["detail-type"][-1] == "Object Deleted"


@pytest.mark.parametrize("kind", ["Object Created", "Object Restore Completed", "Object Deleted"])
def test_the_function_understands_whatever_the_rule_brings(kind: str) -> None:
    detail = {"bucket": {"name": "photos-of-ours"}, "object": {"key": "a b.jpg"}}
    event = {"source": "aws.s3", "detail-type": kind, "detail": detail}
    (told,) = uploaded_objects(event)
    assert (told.bucket, told.key) == ("photos-of-ours", "a b.jpg")


def test_one_bucket_for_both_is_refused_before_anything_is_made(template: Node) -> None:
    rule = template["Rules"]["ResultsGoElsewhere"]
    assert rule["Assertions"][0]["Assert"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "ExistingInputBucket"}, {"Ref": "ExistingOutputBucket"}]}]
    }


@pytest.mark.parametrize("end", ["Input", "Output"])
def test_an_owner_without_a_bucket_is_refused_before_anything_is_made(template: Node, end: str) -> None:
    rule = template["Rules"][f"{end}OwnerHasABucket"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": f"Existing{end}BucketOwner"}, ""]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": f"Existing{end}Bucket"}, ""]}]}


@pytest.mark.parametrize("name", ["KeyPrefix", "KeySuffix"])
def test_a_filter_holds_nothing_that_eventbridge_or_s3_read_in_another_way(template: Node, name: str) -> None:
    pattern = template["Parameters"][name]["AllowedPattern"]
    assert re.fullmatch(pattern, "photos/of_2026-(best)!.jpg")
    assert not any(re.fullmatch(pattern, odd) for odd in ("a*", "a\\", "a b", "ü", "a%20"))


# Nobody overwrites blindly.


def denied(resources: Node, action: str, **context: str) -> bool:
    values = {"OutputBucket.Arn": "arn:aws:s3:::results", "OutputBucket": "results"}
    policy = statements_of(resources["OutputBucketPolicy"], values, {})
    everybody = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    secure = {"aws__SecureTransport": "true"} | context
    return not allows([*policy, everybody], action, "arn:aws:s3:::results/a.png.quantized.png", **secure)


def test_a_result_is_not_overwritten_unseen(deployed: Node) -> None:
    creating = {"s3__ObjectCreationOperation": "true"}
    assert denied(deployed, "s3:PutObject", **creating)
    assert not denied(deployed, "s3:PutObject", **creating, s3__if_match='"etag"')
    assert not denied(deployed, "s3:PutObject", **creating, s3__if_none_match="*")
    assert not denied(deployed, "s3:PutObject", s3__ObjectCreationOperation="false")
    assert not denied(deployed, "s3:GetObject")


def test_that_can_be_lifted(written: Node) -> None:
    lifted = as_deployed(written, ConditionalWrites="false")
    assert not denied(lifted, "s3:PutObject", s3__ObjectCreationOperation="true")


# A deployment that fails goes back.


def test_uploads_move_to_a_new_version_by_and_by_and_go_back_on_errors(deployed: Node) -> None:
    group = deployed["QuantizeFunctionDeploymentGroup"]["Properties"]
    assert group["AlarmConfiguration"] == {"Alarms": [{"Name": {"Ref": FOR_CODEDEPLOY}}], "Enabled": True}
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    assert group["ServiceRoleArn"] == {"Fn::GetAtt": ["TrafficRole", "Arn"]}
    assert "CodeDeployLambdaAliasUpdate" in deployed["QuantizeFunctionAliaslive"]["UpdatePolicy"]
    watched = {d["Name"]: d["Value"] for d in deployed[FOR_CODEDEPLOY]["Properties"]["Dimensions"]}
    assert watched == {
        "FunctionName": {"Ref": FUNCTION},
        "Resource": {"Fn::Sub": "${QuantizeFunction}:live"},
    }


def test_the_way_of_shifting_is_one_that_codedeploy_has(written: Node, template: Node) -> None:
    for way in template["Parameters"]["TrafficShift"]["AllowedValues"]:
        group = as_deployed(written, TrafficShift=way)["QuantizeFunctionDeploymentGroup"]["Properties"]
        assert group["DeploymentConfigName"] == {
            "Fn::Sub": ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": way}]
        }


def test_a_version_is_published_whenever_a_variable_of_the_function_changes(
    deployed: Node, template: Node
) -> None:
    properties = template["Globals"]["Function"]
    told = set(referred_to(deployed["SettingsCheck"]["Properties"]["Settings"]))
    used = set(referred_to([properties, template["Resources"][FUNCTION]["Properties"]["Environment"]]))
    # Conditions are decided by parameters too.
    parameters = template["Parameters"].keys()
    assert (used & parameters) - told == {"Architecture"}
    (version,) = of_type(deployed, "AWS::Lambda::Version").values()
    assert version["Properties"]["Description"] == {"Fn::Sub": "Settings of ${SettingsCheck.At}"}


@pytest.mark.parametrize("name", PROCESSING)
def test_settings_are_checked_before_a_function_gets_them(deployed: Node, name: str) -> None:
    order = list(TopologicalSorter(waits_for(deployed)).static_order())
    assert order.index("SettingsCheck") < order.index(name)
    check = deployed["SettingsCheck"]["Properties"]
    assert check["ServiceToken"] == {"Fn::GetAtt": ["SettingsCheckFunction", "Arn"]}
    checked = deployed["SettingsCheckFunction"]["Properties"]["Environment"]["Variables"]
    given = deployed[name]["Properties"]["Environment"]["Variables"]
    assert checked == {key: value for key, value in given.items() if key != "DEPLOYED_AT"}


def test_no_call_lasts_as_long_as_an_older_deployment_leaves_its_work_alone(template: Node) -> None:
    assert template["Parameters"]["Timeout"]["MaxValue"] < LONGEST_CALL.total_seconds()


TAKEN_BY = {
    "QuantizeRole": "lambda.amazonaws.com",
    "TrafficRole": "codedeploy.amazonaws.com",
    "TrialRole": "lambda.amazonaws.com",
    "BackfillRole": "batchoperations.s3.amazonaws.com",
    "CanaryRole": "lambda.amazonaws.com",
}


def test_every_role_is_taken_by_one_service_for_this_account_alone(deployed_with_everything: Node) -> None:
    roles = of_type(deployed_with_everything, "AWS::IAM::Role")
    assert roles.keys() == TAKEN_BY.keys()
    for name, role in roles.items():
        (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust == {
            "Effect": "Allow",
            "Principal": {"Service": TAKEN_BY[name]},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        }


def test_codedeploy_may_move_the_alias_and_no_more(deployed: Node) -> None:
    rights = allowed({"role": deployed["TrafficRole"]})
    assert {arn for action, arn in rights if action == "lambda:UpdateAlias"} == {
        "QuantizeFunction.Arn",
        "${QuantizeFunction.Arn}:*",
    }
    assert {action for action, _ in rights} == {
        "lambda:GetAlias",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:UpdateAlias",
        "lambda:InvokeFunction",
        "cloudwatch:DescribeAlarms",
    }
    # It calls the trial, and no version that works.
    assert {arn for action, arn in rights if action == "lambda:InvokeFunction"} == {"TrialFunction.Arn"}


# A new version is tried before any upload reaches it.


def test_the_trial_comes_before_the_traffic_and_calls_the_version_that_is_new(deployed: Node) -> None:
    alias = deployed["QuantizeFunctionAliaslive"]
    (version,) = of_type(deployed, "AWS::Lambda::Version")
    update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert update["BeforeAllowTrafficHook"] == {"Ref": "TrialFunction"}
    told = deployed["TrialFunction"]["Properties"]["Environment"]["Variables"]
    assert told["NEW_VERSION"] == {"Ref": version}
    assert alias["Properties"]["FunctionVersion"] == {"Fn::GetAtt": [version, "Version"]}
    assert (
        told["OUTPUT_BUCKET"] == deployed[FUNCTION]["Properties"]["Environment"]["Variables"]["OUTPUT_BUCKET"]
    )


def test_what_it_uploads_reaches_no_version_but_the_new_one(deployed: Node) -> None:
    told = deployed["TrialFunction"]["Properties"]["Environment"]["Variables"]
    bucket = deployed[told["TRIAL_BUCKET"]["Ref"]]["Properties"]
    assert "NotificationConfiguration" not in bucket


def test_the_trial_may_do_this_and_no_more(deployed: Node) -> None:
    group = "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:"
    assert allowed({"role": deployed["TrialRole"]}) == {
        ("logs:CreateLogStream", "QuantizeLogs.Arn"),
        ("logs:PutLogEvents", "QuantizeLogs.Arn"),
        ("xray:PutTraceSegments", "*"),
        ("xray:PutTelemetryRecords", "*"),
        ("lambda:InvokeFunction", "${QuantizeFunction.Arn}:*"),
        ("codedeploy:PutLifecycleEventHookExecutionStatus", group + "${ServerlessDeploymentApplication}/*"),
        ("s3:PutObject", f"${{BackfillBucket.Arn}}/{FOLDER}/*"),
        ("s3:DeleteObject", f"${{BackfillBucket.Arn}}/{FOLDER}/*"),
        ("s3:GetObject", f"${{OutputBucket.Arn}}/{FOLDER}/*"),
        ("s3:DeleteObject", f"${{OutputBucket.Arn}}/{FOLDER}/*"),
        ("s3:ListBucket", "OutputBucket.Arn"),
    }


def test_it_may_read_what_it_is_tried_with_before_it_is(deployed: Node) -> None:
    # The other buckets' rights come with a policy that nothing waits for.
    assert ("s3:GetObject", f"${{BackfillBucket.Arn}}/{FOLDER}/*") in allowed(
        {"role": deployed["QuantizeRole"]}
    )
    order = list(TopologicalSorter(waits_for(deployed)).static_order())
    assert (
        order.index("QuantizeRole") < order.index("TrialFunction") < order.index("QuantizeFunctionAliaslive")
    )


@pytest.mark.parametrize("owner", ["ExistingInputBucketOwner", "ExistingOutputBucketOwner"])
def test_there_is_no_trial_for_the_bucket_of_another_account(written: Node, owner: str) -> None:
    theirs = as_deployed(written, **EXISTING, **{owner: "210987654321"})
    update = theirs["QuantizeFunctionAliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert "BeforeAllowTrafficHook" not in update


def test_the_canary_reaches_its_own_folder_and_no_upload(deployed_with_everything: Node) -> None:
    rights = allowed({"role": deployed_with_everything["CanaryRole"]})
    assert {(action, arn) for action, arn in rights if action.startswith("s3:")} == {
        ("s3:PutObject", f"${{InputBucket.Arn}}/${{KeyPrefix}}{FOLDER}/*"),
        ("s3:DeleteObject", f"${{InputBucket.Arn}}/${{KeyPrefix}}{FOLDER}/*"),
        ("s3:GetObject", f"${{OutputBucket.Arn}}/${{KeyPrefix}}{FOLDER}/*"),
        ("s3:DeleteObject", f"${{OutputBucket.Arn}}/${{KeyPrefix}}{FOLDER}/*"),
        ("s3:ListBucket", "OutputBucket.Arn"),
    }


def test_the_canary_may_use_the_key(deployed_with_everything: Node) -> None:
    rights = allowed({"role": deployed_with_everything["CanaryRole"]})
    assert {pair for pair in rights if pair[0].startswith("kms:")} == {(use, "KmsKeyArn") for use in KEY_USES}


def test_the_timer_calls_the_canary_and_nobody_else_does(deployed_with_everything: Node) -> None:
    rule = deployed_with_everything["CanaryRule"]["Properties"]
    arn = {"Fn::GetAtt": ["CanaryFunction", "Arn"]}
    assert [target["Arn"] for target in rule["Targets"]] == [arn]
    assert rule["ScheduleExpression"] == {"Fn::Sub": "rate(${CanaryMinutes} minutes)"}
    assert deployed_with_everything["CanaryPermission"]["Properties"] == {
        "FunctionName": {"Ref": "CanaryFunction"},
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["CanaryRule", "Arn"]},
    }


def test_the_canary_gives_up_before_it_is_called_again(template: Node) -> None:
    seconds = template["Resources"]["CanaryFunction"]["Properties"]["Timeout"]
    every = [minutes for minutes in template["Parameters"]["CanaryMinutes"]["AllowedValues"] if minutes]
    # One minute would be written in the singular, which the schedule here does not do.
    assert seconds < min(every) * 60
    assert min(every) > 1


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
    used = set(referred_to([template[part] for part in ("Globals", "Resources", "Conditions", "Outputs")]))
    assert template["Parameters"].keys() - used == set()
    settings = {field.name.upper() for field in fields(Settings)}
    assert variables.keys() - settings == {
        "OUTPUT_BUCKET",
        "CACHE_CONTROL",
        "STALE_RESULTS",
        "UPLOAD_SETTINGS",
        "PREFIX_SETTINGS",
        "PALETTE_FILE",
        "INPUT_BUCKET_OWNER",
        "OUTPUT_BUCKET_OWNER",
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
    assert overrides.keys() == set(PROCESSING)
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


@pytest.mark.parametrize("name", PROCESSING)
def test_every_variable_the_code_reads_is_declared(deployed_with_everything: Node, name: str) -> None:
    declared = deployed_with_everything[name]["Properties"]["Environment"]["Variables"]
    settings = {field.name.upper() for field in fields(Settings)}
    assert "OUTPUT_BUCKET" in variables_read()
    # Lambda sets its own.
    others = {"AWS_LAMBDA_FUNCTION_VERSION"}
    for other in ("CanaryFunction", "TrialFunction"):
        others |= deployed_with_everything[other]["Properties"]["Environment"]["Variables"].keys()
    assert (variables_read() | settings) - declared.keys() <= others


def handlers(resources: Node) -> Iterator[str]:
    """What the image calls by itself, and what a function has it call instead."""
    (command,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    yield from json.loads(command)
    for function in of_type(resources, "AWS::Lambda::Function").values():
        yield from function["Properties"].get("ImageConfig", {}).get("Command", [])


def test_every_handler_that_is_named_exists(deployed_with_everything: Node) -> None:
    named = list(handlers(deployed_with_everything))
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

"""What the roles of deploy/pipeline.yml can do, asked of their policies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from colorquant.aws.canary import FOLDER
from tests.unit.policies import PSEUDO, Node, allows, as_list, statements_of
from tests.unit.test_template import as_deployed

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "arn:aws:iam::123456789012"
# The way the docs name it, and the way somebody else may.
PIPELINE_STACKS = ("colorquant-staging-pipeline", "colorquant-pipeline")
STACKS = ("colorquant", "colorquant-staging", "colorquant-production")
BOUNDARY = f"{ACCOUNT}:policy/colorquant-pipeline/colorquant-staging-boundary"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
SUFFIX = "1A2B3C4D5E6F"
IAM_WRITES = (
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:AttachRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:PutRolePermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PassRole",
    "iam:TagRole",
)


@pytest.fixture(scope="module")
def pipeline() -> Node:
    return cfn_yaml.load(str(ROOT / "deploy" / "pipeline.yml"))


@pytest.fixture(scope="module")
def template() -> Node:
    return cfn_yaml.load(str(ROOT / "template.yml"))


def policy(
    pipeline: Node, name: str, stack: str = "colorquant-staging", key: str = "", given: str = ""
) -> list[Node]:
    values: dict[str, Any] = PSEUDO | {
        "StackName": stack,
        "KmsKeyArn": key,
        "KeyPrefix": "photos/",
        "BucketKmsKeyArns": [],
        "ExistingInputBucket": given,
        "ExistingOutputBucket": given and f"{given}-results",
        "ImageRepository.Arn": f"arn:aws:ecr:us-east-1:123456789012:repository/{stack}",
        "ArtifactBucket": f"{stack}-pipeline-artifactbucket-{SUFFIX.lower()}",
        "ArtifactBucket.Arn": f"arn:aws:s3:::{stack}-pipeline-artifactbucket-{SUFFIX.lower()}",
        "ExecutionRole.Arn": f"{ACCOUNT}:role/colorquant-pipeline/{stack}-pipeline-ExecutionRole-{SUFFIX}",
        "FunctionsBoundary": f"{ACCOUNT}:policy/colorquant-pipeline/{stack}-boundary",
    }
    conditions = {
        "HasKmsKey": bool(key),
        "HasInputBucket": bool(given),
        "HasOutputBucket": bool(given),
        "HasBucketKeys": False,
    }
    return statements_of(pipeline["Resources"][name], values, conditions)


def roles_of_pipelines(pipeline: Node) -> list[str]:
    """ARNs of every role of a pipeline, as IAM would call it."""
    return [
        f"{ACCOUNT}:role{resource['Properties']['Path']}{stack}-{role}-{SUFFIX}"
        for stack in PIPELINE_STACKS
        for role, resource in pipeline["Resources"].items()
        if resource["Type"] == "AWS::IAM::Role"
    ]


@pytest.mark.parametrize("role", ["DeployRole", "ExecutionRole"])
@pytest.mark.parametrize("action", IAM_WRITES)
def test_no_role_of_the_pipeline_can_change_itself_or_the_other(
    pipeline: Node, role: str, action: str
) -> None:
    context = {"iam__PermissionsBoundary": BOUNDARY, "iam__PassedToService": "lambda.amazonaws.com"}
    rights = policy(pipeline, role)
    assert [arn for arn in roles_of_pipelines(pipeline) if allows(rights, action, arn, **context)] == []


@pytest.mark.parametrize("action", IAM_WRITES)
@pytest.mark.parametrize("stack", STACKS)
def test_an_environment_cannot_touch_the_roles_of_another(pipeline: Node, stack: str, action: str) -> None:
    context = {"iam__PermissionsBoundary": BOUNDARY, "iam__PassedToService": "lambda.amazonaws.com"}
    rights = policy(pipeline, "ExecutionRole", stack)
    others = [
        f"{ACCOUNT}:role/colorquant/{other}/{other}-QuantizeRole-1" for other in STACKS if other != stack
    ]
    assert [arn for arn in others if allows(rights, action, arn, **context)] == []


@pytest.mark.parametrize(
    "action",
    ["iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"],
)
def test_a_role_is_made_within_the_boundary_or_not_at_all(pipeline: Node, action: str) -> None:
    rights = policy(pipeline, "ExecutionRole")
    role = f"{ACCOUNT}:role/colorquant/colorquant-staging/colorquant-staging-QuantizeRole-1"
    assert allows(rights, action, role, iam__PermissionsBoundary=BOUNDARY)
    assert not allows(rights, action, role)
    assert not allows(rights, action, role, iam__PermissionsBoundary=f"{ACCOUNT}:policy/Administrator")


def test_nobody_in_the_pipeline_can_change_the_boundary(pipeline: Node) -> None:
    rights = policy(pipeline, "ExecutionRole") + policy(pipeline, "DeployRole")
    actions = (
        "iam:CreatePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:DeletePolicy",
        "iam:CreatePolicy",
    )
    assert [action for action in actions if allows(rights, action, BOUNDARY)] == []


def test_the_boundary_grants_nothing_on_iam_and_nothing_outside_the_stack(pipeline: Node) -> None:
    rights = policy(pipeline, "FunctionsBoundary")
    role = f"{ACCOUNT}:role/colorquant/colorquant-staging/colorquant-staging-QuantizeRole-1"
    assert not any(allows(rights, action, role) for action in IAM_WRITES)
    assert allows(rights, "s3:GetObject", "arn:aws:s3:::colorquant-staging-inputbucket-1/a.png")
    for foreign in ("colorquant-production-inputbucket-1", "colorquant-inputbucket-1", "salaries"):
        assert not allows(rights, "s3:GetObject", f"arn:aws:s3:::{foreign}/a.png")


def test_every_role_of_the_stack_has_the_path_and_the_boundary_that_the_pipeline_asks_for(
    template: Node,
) -> None:
    roles = {name: r for name, r in template["Resources"].items() if r["Type"] == "AWS::IAM::Role"}
    assert roles
    for role in roles.values():
        assert role["Properties"]["Path"] == {"Fn::Sub": "/colorquant/${AWS::StackName}/"}
        condition, boundary, _ = role["Properties"]["PermissionsBoundary"]["Fn::If"]
        assert condition == "HasBoundary"
        assert boundary == {
            "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/${PermissionsBoundary}"
        }


def test_the_environments_name_the_boundary_that_the_pipeline_makes(pipeline: Node) -> None:
    config = (ROOT / "samconfig.toml").read_text()
    properties = pipeline["Resources"]["FunctionsBoundary"]["Properties"]
    for environment in ("staging", "production"):
        name = properties["ManagedPolicyName"]["Fn::Sub"].replace("${StackName}", f"colorquant-{environment}")
        assert f"PermissionsBoundary={properties['Path'].strip('/')}/{name} " in config


def test_deploying_reads_no_upload_and_no_result(pipeline: Node) -> None:
    rights = policy(pipeline, "ExecutionRole")
    for bucket in ("inputbucket", "outputbucket", "backfillbucket"):
        for action in ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject"):
            assert not allows(rights, action, f"arn:aws:s3:::colorquant-staging-{bucket}-1/private/a.png")


@pytest.mark.parametrize("action", ["s3:DeleteBucket", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"])
def test_deploying_cannot_touch_the_bucket_of_templates(pipeline: Node, action: str) -> None:
    rights = policy(pipeline, "ExecutionRole")
    assert allows(rights, action, "arn:aws:s3:::colorquant-staging-inputbucket-1")
    for stack in PIPELINE_STACKS:
        assert not allows(rights, action, f"arn:aws:s3:::{stack}-artifactbucket-1")


@pytest.mark.parametrize("role", ["DeployRole", "ExecutionRole"])
def test_signing_in_to_the_registry_is_the_only_right_on_everything(pipeline: Node, role: str) -> None:
    everywhere = {
        action
        for statement in policy(pipeline, role, key=KEY)
        for action in as_list(statement["Action"])
        if "*" in as_list(statement["Resource"])
    }
    assert everywhere <= {"ecr:GetAuthorizationToken"}


def test_a_key_of_ones_own_can_be_deployed(pipeline: Node) -> None:
    rights = policy(pipeline, "ExecutionRole", key=KEY)
    for action in ("kms:CreateGrant", "kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"):
        assert allows(rights, action, KEY)
        assert not allows(policy(pipeline, "ExecutionRole"), action, KEY)
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/colorquant-staging:*"
    assert allows(rights, "logs:AssociateKmsKey", group)
    assert allows(rights, "logs:DisassociateKmsKey", group)


# What each kind of resource is called in its ARN, and the action that makes it.
MAKING = {
    "AWS::S3::Bucket": ("s3:CreateBucket", "arn:aws:s3:::{lower}"),
    "AWS::S3::BucketPolicy": ("s3:PutBucketPolicy", "arn:aws:s3:::{bucket}"),
    "AWS::Serverless::Function": (
        "lambda:CreateFunction",
        "arn:aws:lambda:us-east-1:123456789012:function:{name}",
    ),
    "AWS::IAM::Role": ("iam:CreateRole", ACCOUNT + ":role/colorquant/{stack}/{name}"),
    "AWS::IAM::Policy": ("iam:PutRolePolicy", ACCOUNT + ":role/colorquant/{stack}/{stack}-QuantizeRole-1"),
    "AWS::SQS::Queue": ("sqs:CreateQueue", "arn:aws:sqs:us-east-1:123456789012:{name}"),
    "AWS::SQS::QueuePolicy": (
        "sqs:SetQueueAttributes",
        "arn:aws:sqs:us-east-1:123456789012:{stack}-FailureQueue-1",
    ),
    "AWS::SNS::Topic": ("sns:CreateTopic", "arn:aws:sns:us-east-1:123456789012:{name}"),
    "AWS::SNS::TopicPolicy": (
        "sns:SetTopicAttributes",
        "arn:aws:sns:us-east-1:123456789012:{stack}-AlarmTopic-1",
    ),
    "AWS::CloudWatch::Alarm": (
        "cloudwatch:PutMetricAlarm",
        "arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}",
    ),
    "AWS::CloudWatch::Dashboard": (
        "cloudwatch:PutDashboard",
        "arn:aws:cloudwatch::123456789012:dashboard/{stack}-us-east-1",
    ),
    "AWS::Logs::LogGroup": (
        "logs:CreateLogGroup",
        "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/{stack}",
    ),
}


CALLING = "arn:aws:lambda:us-east-1:123456789012:function:{stack}-QuantizeFunction-1"
MAKING |= {
    "AWS::Lambda::Permission": ("lambda:AddPermission", CALLING),
    "AWS::Events::Rule": ("events:PutRule", "arn:aws:events:us-east-1:123456789012:rule/{name}"),
    "Custom::SettingsCheck": (
        "lambda:InvokeFunction",
        "arn:aws:lambda:us-east-1:123456789012:function:{stack}-SettingsCheckFunction-1",
    ),
    "AWS::Lambda::Version": ("lambda:PublishVersion", CALLING),
    "AWS::Lambda::Alias": ("lambda:CreateAlias", f"{CALLING}:live"),
    "AWS::Lambda::EventInvokeConfig": ("lambda:PutFunctionEventInvokeConfig", f"{CALLING}:live"),
    "AWS::CodeDeploy::Application": (
        "codedeploy:CreateApplication",
        "arn:aws:codedeploy:us-east-1:123456789012:application:{name}",
    ),
    "AWS::CodeDeploy::DeploymentGroup": (
        "codedeploy:CreateDeploymentGroup",
        "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:"
        "{stack}-ServerlessDeploymentApplication-1/{name}",
    ),
}
# What SAM adds to the template's own.
ADDED = {
    "QuantizeFunctionVersion1": "AWS::Lambda::Version",
    "QuantizeFunctionAliaslive": "AWS::Lambda::Alias",
    "QuantizeFunctionEventInvokeConfig": "AWS::Lambda::EventInvokeConfig",
    "ServerlessDeploymentApplication": "AWS::CodeDeploy::Application",
    "QuantizeFunctionDeploymentGroup": "AWS::CodeDeploy::DeploymentGroup",
}


def made(template: Node, stack: str) -> dict[str, tuple[str, str]]:
    """For each resource of the template, the action that makes it and its ARN in a stack."""
    answer = {}
    kinds = {logical: resource["Type"] for logical, resource in template["Resources"].items()} | ADDED
    for logical, kind in kinds.items():
        action, arn = MAKING[kind]
        name = f"{stack}-{logical}-{SUFFIX}"
        bucket = f"{stack}-{logical.removesuffix('Policy')}-{SUFFIX}".lower()
        answer[logical] = action, arn.format(name=name, lower=name.lower(), stack=stack, bucket=bucket)
    return answer


def test_deploying_can_make_everything_that_the_template_holds(pipeline: Node, template: Node) -> None:
    rights = policy(pipeline, "ExecutionRole")
    refused = {
        logical: arn
        for logical, (action, arn) in made(template, "colorquant-staging").items()
        if not allows(rights, action, arn, iam__PermissionsBoundary=BOUNDARY)
    }
    assert refused == {}


@pytest.mark.parametrize("stack", STACKS)
def test_deploying_can_make_nothing_of_another_environment(
    pipeline: Node, template: Node, stack: str
) -> None:
    rights = policy(pipeline, "ExecutionRole", stack)
    boundary = f"{ACCOUNT}:policy/colorquant-pipeline/{stack}-boundary"
    reached = {
        arn
        for other in STACKS
        if other != stack
        for action, arn in made(template, other).values()
        if allows(rights, action, arn, iam__PermissionsBoundary=boundary)
    }
    assert reached == set()


def test_a_role_of_the_stack_is_handed_to_lambda_and_codedeploy_alone(pipeline: Node) -> None:
    rights = policy(pipeline, "ExecutionRole")
    role = f"{ACCOUNT}:role/colorquant/colorquant-staging/colorquant-staging-TrafficRole-1"
    for service in ("lambda.amazonaws.com", "codedeploy.amazonaws.com"):
        assert allows(rights, "iam:PassRole", role, iam__PassedToService=service)
    assert not allows(rights, "iam:PassRole", role, iam__PassedToService="ec2.amazonaws.com")


@pytest.mark.parametrize("given", ["", "photos-of-ours"])
def test_the_boundary_takes_nothing_from_what_the_stack_grants(
    pipeline: Node, template: Node, given: str
) -> None:
    buckets = {"ExistingInputBucket": given, "ExistingOutputBucket": given and f"{given}-results"}
    stack = as_deployed(template, KmsKeyArn=KEY, CanaryMinutes="5", **buckets)
    values: dict[str, Any] = PSEUDO | buckets
    values |= {"AWS::StackName": "colorquant-staging", "KeyPrefix": "", "KmsKeyArn": KEY}
    values |= {f"{name}.Arn": arn for name, (_, arn) in made(template, "colorquant-staging").items()}
    values["ServerlessDeploymentApplication"] = "colorquant-staging-ServerlessDeploymentApplication-1"
    # What CloudFormation gives for a log group.
    values["QuantizeLogs.Arn"] += ":*"
    boundary = policy(pipeline, "FunctionsBoundary", key=KEY, given=given)
    granted = {
        (action, arn)
        for resource in stack.values()
        if resource["Type"] in ("AWS::IAM::Role", "AWS::IAM::Policy")
        for statement in statements_of(resource, values, {})
        for action in as_list(statement["Action"])
        for arn in as_list(statement["Resource"])
    }
    assert granted
    assert {pair for pair in granted if not allows(boundary, *pair)} == set()


@pytest.mark.parametrize("given", ["", "photos-of-ours"])
def test_the_workflow_may_upload_where_the_smoke_test_does_and_nowhere_else(
    pipeline: Node, given: str
) -> None:
    rights = policy(pipeline, "DeployRole", given=given)
    bucket = f"arn:aws:s3:::{given or 'colorquant-staging-inputbucket-1'}"
    assert allows(rights, "s3:PutObject", f"{bucket}/photos/{FOLDER}/1/gradient.png")
    assert not allows(rights, "s3:PutObject", f"{bucket}/photos/a.png")
    assert not allows(rights, "s3:GetObject", f"{bucket}/photos/{FOLDER}/1/gradient.png")


def test_the_workflow_may_use_the_key_for_what_it_uploads_and_for_nothing_else(pipeline: Node) -> None:
    rights = policy(pipeline, "DeployRole", key=KEY)
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert allows(rights, action, KEY, kms__ViaService="s3.us-east-1.amazonaws.com")
        assert not allows(rights, action, KEY, kms__ViaService="sqs.us-east-1.amazonaws.com")
        assert not allows(rights, action, KEY)


# What CloudFormation's own handlers ask for to read and to delete, for parts that nothing here has.
FOR_WHAT_IS_NOT_THERE = {
    "ec2:DescribeNetworkInterfaces",
    "iam:DetachRolePolicy",
    "iam:PassRole",
    "logs:DeleteDataProtectionPolicy",
    "logs:DescribeResourcePolicies",
}


def test_what_is_deployed_can_be_looked_at_and_deleted_again(pipeline: Node, template: Node) -> None:
    rights = policy(pipeline, "ExecutionRole", key=KEY)
    missing = set()
    kinds = {name: r["Type"].replace("Serverless", "Lambda") for name, r in template["Resources"].items()}
    for name, (_, arn) in made(template, "colorquant-staging").items():
        kind = (kinds | ADDED)[name]
        # IAM's policies are parts of roles, and the check of the settings is our own.
        if kind in ("AWS::IAM::Policy", "Custom::SettingsCheck"):
            continue
        handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema["handlers"]
        for action in {
            a for verb in ("read", "delete") for a in handlers.get(verb, {}).get("permissions", [])
        }:
            resource = KEY if action.startswith("kms:") else arn
            if not allows(rights, action, resource, iam__PermissionsBoundary=BOUNDARY):
                missing.add(action)
    assert missing - FOR_WHAT_IS_NOT_THERE == set()

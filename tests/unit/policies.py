"""What IAM's policies allow, as far as this project's policies go: the tests ask, instead of reading them."""

from __future__ import annotations

import re
from typing import Any

Node = dict[str, Any]

PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::NoValue": None,
}


def resolved(node: Any, values: dict[str, Any], conditions: dict[str, bool]) -> Any:  # noqa: PLR0911 - one for each form
    """Fill in what CloudFormation fills in: `values` gives parameters and ``Name`` or ``Name.Attribute``."""

    def fill(text: str) -> str:
        return re.sub(r"\$\{([\w:.]+)\}", lambda found: str(values[found[1]]), text)

    match node:
        case {"Ref": name}:
            return values[name]
        case {"Fn::GetAtt": target}:
            return values[target if isinstance(target, str) else ".".join(target)]
        case {"Fn::Sub": str(text)}:
            return fill(text)
        case {"Fn::If": [name, yes, no]}:
            return resolved(yes if conditions[name] else no, values, conditions)
        case dict():
            return {name: resolved(value, values, conditions) for name, value in node.items()}
        case list():
            return [
                value for item in node if (value := resolved(item, values, conditions)) not in (None, [None])
            ]
    return node


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    """IAM's wildcards: ``*`` and ``?`` match any characters, a slash among them."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def holds(condition: Node, context: dict[str, str]) -> bool:
    """Decide the operators that the project's policies use; another one is an error, not a guess."""
    for operator, pairs in condition.items():
        for key, wanted in pairs.items():
            given = context.get(key)
            match operator:
                case "StringEquals":
                    good = given in as_list(wanted)
                case "ArnLike" | "StringLike":
                    good = given is not None and any(matches(w, given) for w in as_list(wanted))
                case "Bool":
                    good = given == str(wanted).lower()
                case "Null":
                    good = (given is None) == (str(wanted).lower() == "true")
                case _:
                    raise AssertionError(operator)
            if not good:
                return False
    return True


def covers(statement: Node, action: str, resource: str, context: dict[str, str]) -> bool:
    return (
        any(matches(a.lower(), action.lower()) for a in as_list(statement["Action"]))
        and any(matches(r, resource) for r in as_list(statement["Resource"]))
        and holds(statement.get("Condition", {}), context)
    )


def allows(policy: list[Node], action: str, resource: str, **context: str) -> bool:
    """Tell whether the statements of a policy, resolved, allow a request and none denies it.

    A context key is written with two underscores for its colon: ``iam__PassedToService``.
    """
    given = {key.replace("__", ":").replace("_", "-"): value for key, value in context.items()}
    deciding = [statement for statement in policy if covers(statement, action, resource, given)]
    return bool(deciding) and all(statement["Effect"] == "Allow" for statement in deciding)


def statements_of(resource: Node, values: dict[str, Any], conditions: dict[str, bool]) -> list[Node]:
    """Every statement of a role's own policies, or of a managed policy, resolved."""
    properties = resource["Properties"]
    documents = [p["PolicyDocument"] for p in properties.get("Policies", [])]
    documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    return [
        statement
        for document in resolved(documents, values, conditions)
        for statement in document["Statement"]
    ]

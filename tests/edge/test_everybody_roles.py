"""What is a person's is asked of each person: each such operation takes whose it is, and each role says it."""

import ast
import inspect
from importlib import import_module

import pytest
from stage import ROOT

from pyinfra_wsl.edge.laptop import resources

MACHINES = {("docker_toolbox", "virtualbox_absent")}
"""Operations of people's resources that change what is the machine's."""
OWN = {one.name for one in resources() if one.whose == "user"}


def parameters(resource, operation):
    found = getattr(import_module(f"pyinfra_wsl.operations.{resource}"), operation)
    return inspect.signature(found._inner).parameters


def operations():
    for name in sorted(OWN):
        for operation in import_module(f"pyinfra_wsl.operations.{name}").__all__:
            if (name, operation) not in MACHINES:
                yield name, operation


def calls():
    """Yield each call of an operation of a laptop in a role: the file, the resource, the operation, and its words."""
    laptops = {one.name for one in resources()}
    for path in sorted((ROOT / "roles").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=resource), attr=operation), keywords=words):
                    if resource in laptops:
                        yield path.name, resource, operation, {one.arg for one in words}


@pytest.mark.parametrize(("resource", "operation"), [*operations()])
def test_an_operation_of_what_is_a_persons_takes_whose_it_is(resource, operation):
    assert "user" in parameters(resource, operation)


@pytest.mark.parametrize(("file", "resource", "operation", "words"), [*calls()])
def test_a_role_says_whose_it_is(file, resource, operation, words):
    assert ("user" in words) == ("user" in parameters(resource, operation)), file


def test_roles_call_operations():
    assert len([*calls()]) >= len(OWN)

#!/usr/bin/env python3
"""What is known of a pipeline's file without its service.
pipelines.py schema FILE SCHEMA   troubles of a YAML file by a JSON schema
pipelines.py shell FILE           the shell in it, each piece after a line "#!/bin/sh"
pipelines.py pins FILE            actions that are not pinned to a commit, permissions that are more than to read"""
import json
import re
import sys

import yaml


def schema(path, schema_path):
    import jsonschema
    validator = jsonschema.Draft7Validator(json.load(open(schema_path, encoding="utf-8")))
    for error in validator.iter_errors(yaml.safe_load(open(path, encoding="utf-8"))):
        print("/".join(map(str, error.absolute_path)), error.message[:300])


def pieces(node):
    """The values of run and of the scripts, wherever they are."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("run", "script", "before_script") and not isinstance(value, dict):
                yield "\n".join(value) if isinstance(value, list) else value
            else:
                yield from pieces(value)
    elif isinstance(node, list):
        for item in node:
            yield from pieces(item)


def shell(path):
    text = open(path, encoding="utf-8").read()
    if path.endswith("Jenkinsfile"):
        found = [one or many for many, one in re.findall(r"\bsh (?:'''(.*?)'''|'([^'\n]*)')", text, re.S)]
        # Groovy takes one backslash of two, and that before a line end.
        assert not re.search(r"\\[^\n]", "".join(found)), "a backslash that Groovy would read"
    else:
        found = list(pieces(yaml.safe_load(text)))
    for piece in found:
        # What the service puts in its place is no shell.
        print("#!/bin/sh\n" + re.sub(r"\$\{\{.*?\}\}", "x", piece))


def pins(path):
    workflow = yaml.safe_load(open(path, encoding="utf-8"))
    if workflow.get("permissions") != {"contents": "read"}:
        print(f"permissions: {workflow.get('permissions')}")
    for job in workflow["jobs"].values():
        if "permissions" in job:
            print(f"permissions of a job: {job['permissions']}")
        for step in job["steps"]:
            if "uses" in step and not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", step["uses"]):
                print(f"not pinned: {step['uses']}")


{"schema": schema, "shell": shell, "pins": pins}[sys.argv[1]](*sys.argv[2:])

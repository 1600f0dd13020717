#!/usr/bin/env python3
"""Looks for secrets in what git knows of, with detect-secrets; ends with 1 if there is a new one.

What it takes for secrets and is none stands in `.secrets.json`, by file, kind and hash, without
lines, so that a change above does not touch it. `--update` writes that file: read its difference.
"""

import json
import subprocess
import sys
from pathlib import Path

from detect_secrets import SecretsCollection
from detect_secrets.settings import transient_settings

KNOWN = Path(".secrets.json")
# Hashes and generated files are random by nature.
_LEFT_OUT = (".lock", ".svg", ".png", ".lock.hcl", ".parquet", ".onnx")
_SETTINGS = {
    "plugins_used": [
        {"name": name}
        for name in (
            "AWSKeyDetector", "ArtifactoryDetector", "AzureStorageKeyDetector", "BasicAuthDetector",
            "GitHubTokenDetector", "GitLabTokenDetector", "JwtTokenDetector", "KeywordDetector",
            "NpmDetector", "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector",
            "SlackDetector", "StripeDetector", "TwilioKeyDetector",
        )
    ],
    "filters_used": [
        {"path": f"detect_secrets.filters.{name}"}
        for name in (
            "allowlist.is_line_allowlisted", "heuristic.is_indirect_reference",
            "heuristic.is_not_alphanumeric_string", "heuristic.is_potential_uuid",
            "heuristic.is_prefixed_with_dollar_sign", "heuristic.is_templated_secret",
        )
    ],
}  # fmt: skip


def found() -> dict[str, list[list[str]]]:
    """By file, kind and hash of each."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    secrets = SecretsCollection()
    with transient_settings(_SETTINGS):
        for name in listed:
            if (
                name
                and name != str(KNOWN)
                and not name.endswith(_LEFT_OUT)
                and Path(name).is_file()
            ):
                secrets.scan_file(name)
    return {
        name: sorted({(one.type, one.secret_hash) for one in secrets[name]})
        for name in sorted(secrets.files)
    }


def main(arguments: list[str]) -> int:
    """Compares, or updates."""
    now = json.loads(json.dumps(found()))
    if arguments == ["--update"]:
        KNOWN.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        return 0
    known = json.loads(KNOWN.read_text(encoding="utf-8"))
    new = [
        f"{name}: {kind}"
        for name, each in now.items()
        for kind, content in each
        if [kind, content] not in known.get(name, [])
    ]
    for line in new:
        print(line, file=sys.stderr)
    if new:
        print(
            "These look like secrets. Take them out, and make each useless where it is used. What "
            "is none: `make secrets-known`, and say in the commit what it is.",
            file=sys.stderr,
        )
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Every argument is one that the provider knows, and none that it needs is missing."""

import pytest

from tests.support.hcl_arguments import committed_schema, faults, resources
from tests.support.terraform import SOURCE

SCHEMA = committed_schema()


def test_no_resource_has_arguments_that_the_provider_does_not_know():
    found = list(resources(SOURCE))
    assert len(found) > 100
    wrong = [
        (file, name, fault)
        for file, kind, name, body in found
        for fault in faults(kind, body, SCHEMA)
    ]
    assert not wrong


def test_the_schema_holds_what_is_used_and_nothing_else():
    assert set(SCHEMA) == {kind for _, kind, _, _ in resources(SOURCE)}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('name = "x"\n fifo = true', "has no argument fifo"),
        ('name = "x"\n arn = "y"', "aws_sqs_queue.arn can only be read"),
        ('name = "x"\n visibility_timeout = 30', "visibility_timeout_seconds there is"),
        ('name = "x"\n tags = { a = "b" }', None),
    ],
)
def test_a_wrong_argument_is_found(tmp_path, text, fault):
    (tmp_path / "main.tf").write_text(f'resource "aws_sqs_queue" "this" {{\n {text}\n}}\n')
    ((_, kind, _, body),) = resources(tmp_path)
    found = faults(kind, body, SCHEMA)
    assert [fault in each for each in found] == ([True] if fault else [])


def test_what_is_missing_is_found(tmp_path):
    (tmp_path / "main.tf").write_text(
        'resource "aws_s3_bucket_versioning" "this" {\n bucket = "x"\n}\n'
        'resource "aws_s3_bucket_logging" "this" {\n bucket = "x"\n target_prefix = "y"\n}\n'
    )
    found = [
        fault for _, kind, _, body in resources(tmp_path) for fault in faults(kind, body, SCHEMA)
    ]
    assert found == [
        "aws_s3_bucket_versioning needs a block versioning_configuration",
        "aws_s3_bucket_logging needs target_bucket",
    ]


def test_blocks_that_are_generated_are_looked_into(tmp_path):
    (tmp_path / "main.tf").write_text(
        'resource "aws_s3_bucket_notification" "this" {\n bucket = "x"\n dynamic "queue" {\n'
        '  for_each = toset(["a"])\n'
        '  content {\n   queue_arm = queue.key\n   events = ["x"]\n  }\n }\n}\n'
    )
    ((_, kind, _, body),) = resources(tmp_path)
    assert faults(kind, body, SCHEMA) == [
        "aws_s3_bucket_notification.queue has no argument queue_arm; queue_arn there is",
        "aws_s3_bucket_notification.queue needs queue_arn",
    ]

# A role of one component: who may take it on, what it may do, and the boundary that it cannot leave.
#
# Policies are written out as JSON here rather than by a data source, so that a plan shows them
# whole before anything exists, and tests read them.

locals {
  trust = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = length(var.services) > 0 ? { Service = var.services } : { AWS = var.principals }
      # A service acts for this account only, not for another that names our role.
      Condition = length(var.services) > 0 && var.is_guarded ? { StringEquals = { "aws:SourceAccount" = var.context.account_id } } : {}
    }]
  }
  statements = [
    for name, one in var.statements : merge(
      { Sid = name, Effect = one.effect, Action = one.actions, Resource = one.resources },
      length(one.conditions) > 0 ? { Condition = one.conditions } : {},
    )
  ]
}

resource "aws_iam_role" "this" {
  name                 = "${var.context.prefix}-${var.name}"
  description          = var.description
  assume_role_policy   = jsonencode(local.trust)
  permissions_boundary = var.context.boundary_arn
  tags                 = local.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "what-it-needs"
  role   = aws_iam_role.this.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

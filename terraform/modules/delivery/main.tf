# What has to be there before an environment is, in its account: who deploys it, and the boundary that
# no role of it can leave.
#
# Continuous integration signs in by OIDC, so there is no key to keep: to plan from a pull request, to
# deploy from the environment's branch protection and nowhere else.

locals {
  boundary_name = "sentinel-boundary"
  boundary_arn  = "arn:aws:iam::${var.account_id}:policy/${local.boundary_name}"
  issuer        = "token.actions.githubusercontent.com"
  deploy_name   = "sentinel-${var.environment}-deploy"
  plan_name     = "sentinel-${var.environment}-plan"
  trust = {
    for name, subject in {
      deploy = "repo:${var.repository}:environment:${var.environment}"
      plan   = "repo:${var.repository}:pull_request"
      } : name => jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Action    = "sts:AssumeRoleWithWebIdentity"
          Principal = { Federated = aws_iam_openid_connect_provider.this.arn }
          Condition = { StringEquals = { "${local.issuer}:aud" = "sts.amazonaws.com", "${local.issuer}:sub" = subject } }
        }]
    })
  }
  # Services that the environment is made of.
  services = [
    "budgets", "ce", "cloudtrail", "cloudwatch", "codedeploy", "dynamodb", "ec2", "ecr", "ecs", "elasticache",
    "emr-serverless", "events", "firehose", "glue", "kinesis", "kms", "lakeformation", "lambda", "logs", "rds",
    "redshift-serverless", "route53", "s3", "scheduler", "secretsmanager", "servicediscovery", "sns", "sqs", "sts", "xray",
  ]
  state_keys = "${var.state_bucket_arn}/${var.environment}/*"
}

resource "aws_iam_openid_connect_provider" "this" {
  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
  tags           = local.tags
}

# The most that any component may ever do, whatever its own policy says by mistake.
resource "aws_iam_policy" "boundary" {
  name        = local.boundary_name
  description = "No role of the environment can do more than this"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "WhatComponentsAreMadeOf"
        Effect = "Allow"
        Action = [
          "cloudwatch:*", "dynamodb:*", "ecr:*", "ecs:*", "emr-serverless:*", "glue:*", "kinesis:*", "firehose:*", "kms:*",
          "lambda:*", "logs:*", "redshift-serverless:*", "s3:*", "secretsmanager:*", "sns:*", "sqs:*", "ssmmessages:*", "xray:*", "iam:PassRole",
        ]
        Resource = "*"
      },
      {
        Sid    = "NeverRightsNorTraces"
        Effect = "Deny"
        NotAction = [
          "cloudwatch:*", "dynamodb:*", "ecr:*", "ecs:*", "emr-serverless:*", "glue:*", "kinesis:*", "firehose:*", "kms:*",
          "lambda:*", "logs:*", "redshift-serverless:*", "s3:*", "secretsmanager:*", "sns:*", "sqs:*", "ssmmessages:*", "xray:*", "iam:PassRole",
        ]
        Resource = "*"
      },
      {
        Sid    = "NeverTheWayBack"
        Effect = "Deny"
        Action = [
          "kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "logs:DeleteLogGroup", "s3:BypassGovernanceRetention",
          "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration",
          "secretsmanager:DeleteSecret", "secretsmanager:PutSecretValue",
        ]
        Resource = "*"
      },
      {
        Sid       = "NeverAnotherRegion"
        Effect    = "Deny"
        Action    = "*"
        Resource  = "*"
        Condition = { StringNotEquals = { "aws:RequestedRegion" = [var.region, "us-east-1"] } }
      },
    ]
  })

  tags = local.tags
}

resource "aws_iam_role" "deploy" {
  name                 = local.deploy_name
  description          = "Continuous integration deploys the environment"
  assume_role_policy   = local.trust["deploy"]
  max_session_duration = 7200
  tags                 = local.tags
}

resource "aws_iam_role_policy" "deploy" {
  name = "deploy"
  role = aws_iam_role.deploy.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "WhatTheEnvironmentIsMadeOf"
        Effect   = "Allow"
        Action   = [for one in local.services : "${one}:*"]
        Resource = "*"
      },
      {
        Sid      = "LookAtRights"
        Effect   = "Allow"
        Action   = ["iam:Get*", "iam:List*"]
        Resource = "*"
      },
      {
        Sid       = "MakeRolesWithinTheBoundary"
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"]
        Resource  = "arn:aws:iam::${var.account_id}:role/sentinel-${var.environment}-*"
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
      },
      {
        Sid      = "KeepRoles"
        Effect   = "Allow"
        Action   = ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:PassRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateRole", "iam:UpdateRoleDescription"]
        Resource = "arn:aws:iam::${var.account_id}:role/sentinel-${var.environment}-*"
      },
      {
        Sid       = "RolesOfServices"
        Effect    = "Allow"
        Action    = "iam:CreateServiceLinkedRole"
        Resource  = "arn:aws:iam::${var.account_id}:role/aws-service-role/*"
        Condition = { StringLike = { "iam:AWSServiceName" = ["ecs.amazonaws.com", "elasticache.amazonaws.com", "ops.emr-serverless.amazonaws.com", "rds.amazonaws.com", "redshift.amazonaws.com"] } }
      },
      {
        # Whoever deploys cannot give itself more, nor take the boundary off what it made.
        Sid       = "NeverItself"
        Effect    = "Deny"
        Action    = "iam:*"
        Resource  = ["arn:aws:iam::${var.account_id}:role/${local.deploy_name}", "arn:aws:iam::${var.account_id}:role/${local.plan_name}", local.boundary_arn]
        Condition = { StringNotLike = { "aws:PrincipalArn" = "arn:aws:iam::${var.account_id}:role/${var.administrator_role_name}" } }
      },
      {
        Sid      = "NeverTheBoundaryOff"
        Effect   = "Deny"
        Action   = "iam:DeleteRolePermissionsBoundary"
        Resource = "*"
      },
      {
        Sid      = "NeverTheStateAway"
        Effect   = "Deny"
        Action   = ["s3:DeleteBucket", "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutBucketVersioning"]
        Resource = [var.state_bucket_arn, "${var.state_bucket_arn}/*"]
      },
    ]
  })
}

resource "aws_iam_role" "plan" {
  name               = local.plan_name
  description        = "Continuous integration shows what a pull request would change"
  assume_role_policy = local.trust["plan"]
  tags               = local.tags
}

# A pull request's code runs with this role: it looks at settings, and at no data and no secret.
resource "aws_iam_role_policy" "plan" {
  name = "plan"
  role = aws_iam_role.plan.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LookAtSettings"
        Effect   = "Allow"
        Action   = concat(flatten([for one in local.services : ["${one}:Describe*", "${one}:Get*", "${one}:List*"] if !contains(["s3", "sts", "budgets"], one)]), ["budgets:ViewBudget", "budgets:ListTagsForResource", "iam:Get*", "iam:List*", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetMetricsConfiguration", "s3:ListBucket"])
        Resource = "*"
      },
      {
        Sid      = "ReadState"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = local.state_keys
      },
      {
        Sid      = "DecryptState"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = var.state_key_arn
      },
      {
        Sid    = "NeverDataNorSecrets"
        Effect = "Deny"
        Action = [
          "dynamodb:GetItem", "dynamodb:GetRecords", "kinesis:GetRecords", "kinesis:GetShardIterator", "lambda:GetFunction", "redshift-serverless:GetCredentials",
          "secretsmanager:GetSecretValue", "sts:GetFederationToken", "sts:GetSessionToken", "logs:GetLogEvents",
          "emr-serverless:GetDashboardForJobRun", "glue:GetConnection*",
        ]
        Resource = "*"
      },
    ]
  })
}

# What tells somebody: alarms and dashboard from one list, topics by urgency, the audit trail.

locals {
  listed = { for one in yamldecode(file("${path.module}/alarms.yml")) : one.name => one }
  # An alarm for each of a kind of resources carries the resource's name in its own.
  alarms = merge(
    { for name, one in local.listed : name => merge(one, { subject = null }) if !can(one.each) },
    [
      for name, one in local.listed : {
        for key, subject in var.resources_of[one.each] : "${name}-${replace(key, "_", "-")}" => merge(one, { subject = subject })
      } if can(one.each)
    ]...
  )
  # A name that nobody knows stops the plan here.
  dimensions = {
    for name, one in local.alarms : name => {
      for dimension, value in one.dimensions : dimension => value == "$each" ? one.subject : startswith(value, "$") ? var.resources[trimprefix(value, "$")] : value
    }
  }
  thresholds = {
    for name, one in local.alarms : name => tonumber(startswith(tostring(try(one.above, one.below)), "$") ? var.resources[trimprefix(one.above, "$")] : try(one.above, one.below))
  }
  severities = toset([for one in local.listed : one.severity])
  audit = {
    RootUsed       = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }"
    AccessDenied   = "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }"
    KeysEndangered = "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }"
    RightsChanged  = "{ ($.eventSource = iam.amazonaws.com) && (($.eventName = Put*) || ($.eventName = Attach*) || ($.eventName = Create*) || ($.eventName = Update*) || ($.eventName = Delete*)) && ($.userIdentity.sessionContext.sessionIssuer.userName != \"${var.deploy_role_name}\") }"
    TrailChanged   = "{ ($.eventSource = cloudtrail.amazonaws.com) && (($.eventName = StopLogging) || ($.eventName = DeleteTrail) || ($.eventName = UpdateTrail) || ($.eventName = PutEventSelectors)) }"
  }
}

resource "aws_sns_topic" "this" {
  for_each          = setunion(local.severities, ["runs"])
  name              = "${var.context.prefix}-${each.key}"
  kms_master_key_id = var.key_arn
  tags              = local.tags
}

resource "aws_sns_topic_policy" "this" {
  for_each = aws_sns_topic.this
  arn      = each.value.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "ServicesThatTell"
        Effect    = "Allow"
        Principal = { Service = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com"] }
        Action    = "sns:Publish"
        Resource  = each.value.arn
        Condition = { StringEquals = { "aws:SourceAccount" = var.context.account_id } }
      },
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = each.value.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "mail" {
  for_each  = { for pair in setproduct(keys(aws_sns_topic.this), var.settings.mail_to) : "${pair[0]} ${pair[1]}" => pair }
  topic_arn = aws_sns_topic.this[each.value[0]].arn
  protocol  = "email"
  endpoint  = each.value[1]
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.context.prefix}-${each.key}"
  alarm_description   = "${each.value.says}. Runbook: docs/runbooks/${each.value.runbook}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = local.dimensions[each.key]
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  period              = each.value.period_seconds
  evaluation_periods  = each.value.periods
  threshold           = local.thresholds[each.key]
  comparison_operator = can(each.value.below) ? "LessThanThreshold" : "GreaterThanThreshold"
  treat_missing_data  = each.value.missing
  actions_enabled     = var.settings.is_watched
  alarm_actions       = [aws_sns_topic.this[each.value.severity].arn]
  ok_actions          = [aws_sns_topic.this[each.value.severity].arn]
  tags                = local.tags
}

# Whether anything is wrong, at one look; what it is, its members say.
resource "aws_cloudwatch_composite_alarm" "any" {
  for_each          = local.severities
  alarm_name        = "${var.context.prefix}-any-${each.key}"
  alarm_description = "At least one alarm of severity ${each.key} is on; each of them names its runbook"
  alarm_rule        = join(" OR ", [for name, one in local.alarms : "ALARM(\"${aws_cloudwatch_metric_alarm.this[name].alarm_name}\")" if one.severity == each.key])
  actions_enabled   = false
  tags              = local.tags
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.context.prefix
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm", x = 0, y = 0, width = 24, height = 4
        properties = { title = "Alarms", alarms = [for one in aws_cloudwatch_composite_alarm.any : one.arn] }
      }],
      [
        for index, name in sort(keys(local.alarms)) : {
          type = "metric", x = (index % 3) * 8, y = 4 + floor(index / 3) * 6, width = 8, height = 6
          properties = {
            title       = name
            region      = var.context.region
            stat        = local.alarms[name].statistic
            period      = local.alarms[name].period_seconds
            metrics     = [concat([local.alarms[name].namespace, local.alarms[name].metric], flatten([for dimension, value in local.dimensions[name] : [dimension, value]]))]
            annotations = { horizontal = [{ label = local.alarms[name].severity, value = local.thresholds[name] }] }
          }
        }
      ],
    )
  })
}

# Requests are counted for the error prefix alone: whatever is put there is a fault of ours.
resource "aws_s3_bucket_metric" "errors" {
  bucket = var.resources["bucket_landing"]
  name   = "errors"
  filter {
    prefix = "firehose-errors/"
  }
}

resource "aws_xray_group" "this" {
  group_name        = var.context.prefix
  filter_expression = "fault = true OR error = true OR responsetime > 5"
  insights_configuration {
    insights_enabled      = true
    notifications_enabled = false
  }

  tags = local.tags
}

resource "aws_xray_sampling_rule" "this" {
  rule_name      = var.context.prefix
  priority       = 1000
  version        = 1
  reservoir_size = 1
  fixed_rate     = var.settings.traced_rate
  host           = "*"
  http_method    = "*"
  url_path       = "*"
  service_name   = "${var.context.prefix}-*"
  service_type   = "*"
  resource_arn   = "*"
  tags           = local.tags
}

# What it may cost: a budget for the month, one for each costly service, and a look for the unusual.

resource "aws_budgets_budget" "month" {
  name         = "${var.context.prefix}-month"
  budget_type  = "COST"
  limit_amount = format("%.1f", var.settings.monthly_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = ["user:project$sentinel"]
  }

  dynamic "notification" {
    for_each = { actual-80 = ["ACTUAL", 80], actual-100 = ["ACTUAL", 100], forecast-100 = ["FORECASTED", 100] }
    content {
      comparison_operator       = "GREATER_THAN"
      notification_type         = notification.value[0]
      threshold                 = notification.value[1]
      threshold_type            = "PERCENTAGE"
      subscriber_sns_topic_arns = [var.topic_arn]
    }
  }

  tags = local.tags
}

resource "aws_budgets_budget" "service" {
  for_each     = var.settings.monthly_usd_by_service
  name         = "${var.context.prefix}-${lower(replace(each.key, " ", "-"))}"
  budget_type  = "COST"
  limit_amount = format("%.1f", each.value)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "Service"
    values = [each.key]
  }

  notification {
    comparison_operator       = "GREATER_THAN"
    notification_type         = "FORECASTED"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    subscriber_sns_topic_arns = [var.topic_arn]
  }

  tags = local.tags
}

resource "aws_ce_anomaly_monitor" "services" {
  name              = "${var.context.prefix}-services"
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
  tags              = local.tags
}

resource "aws_ce_anomaly_subscription" "services" {
  name             = "${var.context.prefix}-services"
  frequency        = "IMMEDIATE"
  monitor_arn_list = [aws_ce_anomaly_monitor.services.arn]
  subscriber {
    type    = "SNS"
    address = var.topic_arn
  }
  threshold_expression {
    dimension {
      key           = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
      match_options = ["GREATER_THAN_OR_EQUAL"]
      values        = [tostring(var.settings.anomaly_usd)]
    }
  }

  tags = local.tags
}

# What holds among settings of different modules, and for production alone.

resource "terraform_data" "promises" {
  input = local.context.prefix
  lifecycle {
    precondition {
      condition     = var.environment != "prod" || !local.s.is_disposable
      error_message = "Production is not disposable."
    }
    precondition {
      condition     = var.environment != "prod" || (local.s.storage.lake_lock != null && local.s.observability.audit_lock != null)
      error_message = "In production the lake and the audit trail are locked."
    }
    precondition {
      condition     = var.environment != "prod" || (local.s.orchestration.database.is_redundant && local.s.serving.redis_nodes > 1)
      error_message = "In production the database and Redis survive the loss of a zone."
    }
    precondition {
      condition     = var.environment != "prod" || length(var.mail_to) > 0
      error_message = "In production somebody is told of alarms: set mail_to."
    }
    precondition {
      condition     = var.environment != "prod" || (local.s.observability.is_watched && local.s.log_days >= 365)
      error_message = "Production is watched, and its logs are kept for a year."
    }
    precondition {
      condition     = var.environment != "prod" || local.s.stream.release != "CodeDeployDefault.LambdaAllAtOnce"
      error_message = "In production a new transform takes a tenth of the records first."
    }
    precondition {
      condition     = local.s.stream.retention_hours * 3600 > 10 * local.s.stream.buffer_seconds
      error_message = "Records must stay in the stream for much longer than Firehose buffers them."
    }
  }
}

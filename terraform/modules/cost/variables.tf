variable "context" {
  description = "What every module needs to know about where it is; see modules/platform."
  type = object({
    environment  = string
    account_id   = string
    region       = string
    prefix       = string
    boundary_arn = string
  })
}

variable "topic_arn" {
  description = "Topic that is told."
  type        = string
}

variable "settings" {
  description = "Limits in US dollars; services by the names that bills have for them."
  type = object({
    monthly_usd            = number
    monthly_usd_by_service = map(number)
    anomaly_usd            = number
  })
  validation {
    condition     = var.settings.monthly_usd > 0 && var.settings.anomaly_usd > 0
    error_message = "A budget of nothing is always exceeded."
  }
}

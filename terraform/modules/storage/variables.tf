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

variable "key_arns" {
  description = "Keys of the classes of data; see modules/keys."
  type        = map(string)
}

variable "commit_seconds" {
  description = "Time limit of the function that commits Firehose's objects."
  type        = number
}

variable "settings" {
  description = "How long what is kept, and whether the environment may be thrown away with its data."
  type = object({
    landing_days          = number
    access_log_days       = number
    raw_colder_after_days = number
    lake_noncurrent_days  = number
    lake_lock             = optional(object({ mode = string, days = number }))
    is_disposable         = bool
  })
  validation {
    condition     = var.settings.landing_days >= 14
    error_message = "Two weeks cover an outage of the committer that somebody notices; what expires before it is committed is lost."
  }
  validation {
    condition     = !(var.settings.is_disposable && var.settings.lake_lock != null)
    error_message = "A locked lake cannot be thrown away."
  }
}

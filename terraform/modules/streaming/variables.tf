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

variable "datasets" {
  description = "Datasets that arrive record by record; streaming_ingest.endpoints.STREAMED."
  type        = list(string)
}

variable "functions_zip" {
  description = "The zip that `make transform-zip` makes."
  type        = string
}

variable "key_arns" {
  description = "Keys of the classes of data; see modules/keys."
  type        = map(string)
}

variable "buckets" {
  description = "Buckets by what they are for; see modules/storage."
  type        = map(object({ name = string, arn = string }))
}

variable "queues" {
  description = "Queues of events; see modules/storage."
  type        = map(object({ name = string, dead_name = string, url = string, arn = string }))
}

variable "lake_url" {
  description = "Where the lake lies."
  type        = string
}

variable "landing_url" {
  description = "Where Firehose writes."
  type        = string
}

variable "commit_seconds" {
  description = "Time limit of the function that commits."
  type        = number
}

variable "producer_arns" {
  description = "Who may take on the role of a producer."
  type        = list(string)
}

variable "log_days" {
  description = "Days for which logs are kept."
  type        = number
}

variable "settings" {
  description = "How long records wait, how many functions run at once, how a new version is released."
  type = object({
    retention_hours      = number
    buffer_seconds       = number
    function_concurrency = number
    release              = string
    is_disposable        = bool
  })
  validation {
    condition     = var.settings.retention_hours >= 24 && var.settings.retention_hours <= 8760
    error_message = "Kinesis keeps records for a day to a year."
  }
  validation {
    condition     = var.settings.buffer_seconds >= 60 && var.settings.buffer_seconds <= 900
    error_message = "Firehose with dynamic partitioning buffers for 60 to 900 seconds."
  }
  validation {
    condition     = var.settings.function_concurrency >= 3
    error_message = "The queue's reader takes two at least, and the alias needs one besides."
  }
  validation {
    condition     = contains(["CodeDeployDefault.LambdaAllAtOnce", "CodeDeployDefault.LambdaCanary10Percent5Minutes", "CodeDeployDefault.LambdaCanary10Percent30Minutes"], var.settings.release)
    error_message = "A release is all at once, or a tenth first for 5 or 30 minutes."
  }
}

variable "token_key" {
  description = "Random key of the tokens, written once and kept nowhere but in its secret."
  type        = string
  ephemeral   = true
  sensitive   = true
}

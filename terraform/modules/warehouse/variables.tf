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

variable "network" {
  description = "Where it stands; see modules/network."
  type = object({
    vpc_id                  = string
    subnet_ids              = list(string)
    endpoints_group_id      = string
    gateway_prefix_list_ids = map(string)
  })
}

variable "client_group_id" {
  description = "Security group of those who may connect."
  type        = string
}

variable "key_arns" {
  description = "Keys of the classes of data; see modules/keys."
  type        = map(string)
}

variable "lake_bucket_arn" {
  description = "Bucket of the lake."
  type        = string
}

variable "lake_databases" {
  description = "Databases of the catalogue that it reads."
  type        = list(string)
}

variable "caller_role_arn" {
  description = "Role by which it calls functions of Lambda; see modules/udfs."
  type        = string
}

variable "settings" {
  description = "Sizes and limits. One RPU is two virtual CPUs and 16 GB."
  type = object({
    base_rpus             = number
    max_rpus              = number
    rpu_hours_a_day       = number
    on_limit              = string
    longest_query_seconds = number
    snapshot_days         = number
  })
  validation {
    condition     = var.settings.base_rpus >= 8 && var.settings.base_rpus % 8 == 0 && var.settings.base_rpus <= 512
    error_message = "The base capacity is 8 to 512 RPUs, in steps of 8."
  }
  validation {
    condition     = var.settings.max_rpus >= var.settings.base_rpus
    error_message = "The most is at least the base."
  }
  validation {
    condition     = contains(["log", "emit-metric", "deactivate"], var.settings.on_limit)
    error_message = "At the day's limit Redshift logs, emits a metric, or stops answering."
  }
}

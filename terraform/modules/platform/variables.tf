variable "environment" {
  description = "Which environment this is."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "There are dev, staging and prod; sentinel/settings.py declares them."
  }
}

variable "account_id" {
  description = "Account of the environment, which holds no other one."
  type        = string
  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account has twelve digits."
  }
}

variable "region" {
  description = "Region of everything."
  type        = string
}

variable "functions_zip" {
  description = "The zip that `make transform-zip` makes."
  type        = string
}

variable "udfs_zip" {
  description = "The zip that `make udfs-zip` makes."
  type        = string
}

variable "image_digest" {
  description = "Digest of Dagster's image."
  type        = string
}

variable "mail_to" {
  description = "Who is told of alarms and budgets."
  type        = list(string)
}

variable "token_key" {
  description = "Random key of the tokens; see modules/streaming."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "database_password" {
  description = "Random password of Dagster's database; see modules/orchestration."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "settings" {
  description = "What distinguishes environments: the content of settings.yml."
  type = object({
    is_automated  = bool
    is_disposable = bool
    log_days      = number
    network = object({
      cidr                = string
      endpoint_zone_count = number
    })
    storage = object({
      landing_days          = number
      access_log_days       = number
      raw_colder_after_days = number
      lake_noncurrent_days  = number
      lake_lock             = optional(object({ mode = string, days = number }))
    })
    stream = object({
      retention_hours      = number
      buffer_seconds       = number
      function_concurrency = number
      commit_seconds       = number
      release              = string
      producer_arns        = optional(list(string), [])
    })
    warehouse = object({
      base_rpus             = number
      max_rpus              = number
      rpu_hours_a_day       = number
      on_limit              = string
      longest_query_seconds = number
      snapshot_days         = number
    })
    spark = object({ max_vcpu = number })
    orchestration = object({
      control = object({ cpu = number, memory = number })
      code    = object({ cpu = number, memory = number })
      command = object({ cpu = number, memory = number })
      database = object({
        class            = string
        storage_gb       = number
        is_redundant     = bool
        backup_days      = number
        password_version = number
      })
    })
    serving = object({
      redis_node          = string
      redis_nodes         = number
      redis_snapshot_days = number
    })
    observability = object({
      is_watched  = bool
      traced_rate = number
      audit_days  = number
      audit_lock  = optional(object({ mode = string, days = number }))
    })
    budget = object({
      monthly_usd            = number
      monthly_usd_by_service = map(number)
      anomaly_usd            = number
    })
  })
}

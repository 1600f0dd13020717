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
    cidr                    = string
    subnet_ids              = list(string)
    endpoints_group_id      = string
    gateway_prefix_list_ids = map(string)
  })
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

variable "environment" {
  description = "Settings of Sentinel, by their variables."
  type        = map(string)
  validation {
    condition     = alltrue([for name in keys(var.environment) : !contains(["SENTINEL_TOKEN_KEY", "SENTINEL_REDSHIFT_PASSWORD"], name)])
    error_message = "A secret is no environment variable of a task definition, which everybody may read."
  }
}

variable "image_digest" {
  description = "Digest of the image in the environment's repository: sha256:…; a tag can be moved."
  type        = string
  validation {
    condition     = can(regex("^sha256:[0-9a-f]{64}$", var.image_digest))
    error_message = "The image is named by its digest, sha256: and 64 hexadecimal digits."
  }
}

variable "database_password" {
  description = "Random password of Dagster's database, kept nowhere but in its secret."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "lake_databases" {
  description = "Databases of the catalogue that registration keeps."
  type        = list(string)
}

variable "token_key_arn" {
  description = "Secret with the key of the tokens."
  type        = string
}

variable "workgroup_arn" {
  description = "The warehouse."
  type        = string
}

variable "spark" {
  description = "Where jobs run, by which role, and where they log."
  type        = object({ application_arn = string, job_role_arn = string, log_group_arn = string })
}

variable "alert_topic_arn" {
  description = "Topic that failed runs are told to."
  type        = string
}

variable "commit_statements" {
  description = "What committing takes; see modules/streaming."
  type = map(object({
    actions   = list(string)
    resources = list(string)
  }))
}

variable "log_days" {
  description = "Days for which logs are kept."
  type        = number
}

variable "settings" {
  description = "Sizes: CPU in 1,024ths, memory in MB."
  type = object({
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
    is_automated  = bool
    is_disposable = bool
  })
  validation {
    condition     = alltrue([for one in [var.settings.control, var.settings.code, var.settings.command] : contains([256, 512, 1024, 2048, 4096, 8192], one.cpu) && one.memory >= 2 * one.cpu])
    error_message = "Fargate has tasks of 256 to 8,192 units of CPU, with at least twice as many MB of memory."
  }
  validation {
    condition     = var.settings.database.backup_days >= 1
    error_message = "Without a backup no run's history can be restored."
  }
}

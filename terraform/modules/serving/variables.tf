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

variable "settings" {
  description = "Sizes."
  type = object({
    redis_node          = string
    redis_nodes         = number
    redis_snapshot_days = number
    is_disposable       = bool
  })
  validation {
    condition     = var.settings.redis_nodes >= 1 && var.settings.redis_nodes <= 6
    error_message = "One node to six; with more than one, another takes over."
  }
}

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

variable "key_arns" {
  description = "Keys of the classes of data; see modules/keys."
  type        = map(string)
}

variable "buckets" {
  description = "Buckets by what they are for; see modules/storage."
  type        = map(object({ name = string, arn = string }))
}

variable "databases" {
  description = "Databases whose tables it writes."
  type        = list(string)
}

variable "token_key_arn" {
  description = "Secret with the key of the tokens."
  type        = string
}

variable "log_days" {
  description = "Days for which logs are kept."
  type        = number
}

variable "settings" {
  description = "The most that all jobs together may take; 8 GB of memory for each virtual CPU."
  type        = object({ max_vcpu = number })
  validation {
    condition     = var.settings.max_vcpu >= 8 && var.settings.max_vcpu <= 400
    error_message = "Between 8 virtual CPUs, a driver and one executor, and 400."
  }
}

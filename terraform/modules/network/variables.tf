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

variable "cidr" {
  description = "Addresses of the network, a /16 to /20; each zone takes a sixteenth of them."
  type        = string
  validation {
    condition     = can(cidrnetmask(var.cidr)) && try(tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 20, false)
    error_message = "The network is an IPv4 range of size /16 to /20: Redshift Serverless wants many free addresses."
  }
}

variable "zone_count" {
  description = "Availability zones; Redshift Serverless wants three, RDS two."
  type        = number
  default     = 3
  validation {
    condition     = contains([2, 3], var.zone_count)
    error_message = "Two or three zones."
  }
}

variable "endpoint_zone_count" {
  description = "Zones in which interface endpoints stand; each costs by the hour."
  type        = number
  default     = 1
}

variable "interface_endpoints" {
  description = "AWS services that are called from within the network."
  type        = set(string)
  default = [
    "ecr.api", "ecr.dkr", "emr-serverless", "glue", "kms", "lambda", "logs", "monitoring", "redshift-serverless",
    "secretsmanager", "sns", "sqs", "ssmmessages", "sts",
  ]
}

variable "logs_key_arn" {
  description = "Key that encrypts logs."
  type        = string
}

variable "log_days" {
  description = "Days for which flow logs are kept."
  type        = number
}

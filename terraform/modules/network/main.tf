# A network without a way out: no internet gateway, no NAT. AWS's services are reached through
# endpoints, so what is stolen has nowhere to go, and nothing from outside reaches the warehouse.

locals {
  zones      = [for letter in slice(["a", "b", "c"], 0, var.zone_count) : "${var.context.region}${letter}"]
  interfaces = { for name in var.interface_endpoints : name => "com.amazonaws.${var.context.region}.${name}" }
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = merge(local.tags, { Name = var.context.prefix })
}

resource "aws_subnet" "private" {
  for_each                = { for index, zone in local.zones : zone => index }
  vpc_id                  = aws_vpc.this.id
  availability_zone       = each.key
  cidr_block              = cidrsubnet(var.cidr, 4, each.value)
  map_public_ip_on_launch = false
  tags                    = merge(local.tags, { Name = "${var.context.prefix}-private-${each.key}" })
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
  tags   = merge(local.tags, { Name = "${var.context.prefix}-private" })
}

resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private.id
}

# The group that whatever forgets to name one gets: it lets nothing in or out.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id
  tags   = merge(local.tags, { Name = "${var.context.prefix}-default-closed" })
}

resource "aws_security_group" "endpoints" {
  name        = "${var.context.prefix}-endpoints"
  description = "Endpoints of AWS services; reached from within the network"
  vpc_id      = aws_vpc.this.id
  tags        = merge(local.tags, { Name = "${var.context.prefix}-endpoints" })
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id = aws_security_group.endpoints.id
  description       = "TLS from within the network"
  cidr_ipv4         = var.cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = local.tags
}

resource "aws_vpc_endpoint" "gateway" {
  for_each          = toset(["s3", "dynamodb"])
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.context.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for one in concat([local.of_this_account], each.key == "s3" ? [local.image_layers] : []) : jsondecode(one)]
  })
  tags = merge(local.tags, { Name = "${var.context.prefix}-${each.key}" })
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = local.interfaces
  vpc_id              = aws_vpc.this.id
  service_name        = each.value
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for zone in slice(local.zones, 0, var.endpoint_zone_count) : aws_subnet.private[zone].id]
  security_group_ids  = [aws_security_group.endpoints.id]
  policy              = jsonencode({ Version = "2012-10-17", Statement = [jsondecode(local.of_this_account)] })
  tags                = merge(local.tags, { Name = "${var.context.prefix}-${each.key}" })
}

locals {
  # Credentials of another account would carry data out through our own endpoint.
  of_this_account = jsonencode({
    Sid       = "PrincipalsOfThisAccount"
    Effect    = "Allow"
    Principal = "*"
    Action    = "*"
    Resource  = "*"
    Condition = { StringEquals = { "aws:PrincipalAccount" = var.context.account_id } }
  })
  # ECR keeps the layers of images in a bucket of its own, which is read without our credentials.
  image_layers = jsonencode({
    Sid       = "ImageLayers"
    Effect    = "Allow"
    Principal = "*"
    Action    = "s3:GetObject"
    Resource  = "arn:aws:s3:::prod-${var.context.region}-starport-layer-bucket/*"
  })
}

resource "aws_cloudwatch_log_group" "flows" {
  name              = "/sentinel/${var.context.environment}/flows"
  retention_in_days = var.log_days
  kms_key_id        = var.logs_key_arn
  tags              = local.tags
}

module "flows" {
  source      = "../role"
  context     = var.context
  name        = "flow-logs"
  description = "VPC flow logs write into their log group."
  services    = ["vpc-flow-logs.amazonaws.com"]
  statements = {
    WriteFlows = {
      actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      resources = [aws_cloudwatch_log_group.flows.arn, "${aws_cloudwatch_log_group.flows.arn}:*"]
    }
  }
}

resource "aws_flow_log" "this" {
  vpc_id                   = aws_vpc.this.id
  traffic_type             = "ALL"
  iam_role_arn             = module.flows.arn
  log_destination          = aws_cloudwatch_log_group.flows.arn
  max_aggregation_interval = 600
  tags                     = local.tags
}

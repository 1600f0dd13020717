output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "Its addresses."
  value       = aws_vpc.this.cidr_block
}

output "subnet_ids" {
  description = "Private subnets, one in each zone."
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "gateway_prefix_list_ids" {
  description = "What security groups call S3 and DynamoDB by, which are reached through gateways."
  value       = { for name, endpoint in aws_vpc_endpoint.gateway : name => endpoint.prefix_list_id }
}

output "endpoints_group_id" {
  description = "Security group of the endpoints of AWS services."
  value       = aws_security_group.endpoints.id
}

output "flow_log_group" {
  description = "Log group of the flow logs."
  value       = aws_cloudwatch_log_group.flows.name
}

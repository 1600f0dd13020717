output "platform" {
  description = "What people and producers need to know; see modules/platform."
  value       = module.platform
}

output "lake_databases" {
  description = "Databases of the lake, which Redshift and Spark read."
  value       = [for one in aws_glue_catalog_database.lake : one.name]
}

output "spark_databases" {
  description = "Databases that Spark writes."
  value       = [for one in aws_glue_catalog_database.spark : one.name]
}

# The functions that Redshift calls with batches of rows: a Lambda, what it may do, and the role by
# which the warehouse calls it. `sentinel udfs redshift` prints the statements that declare them.

resource "aws_s3_object" "zip" {
  bucket      = var.artifacts_bucket
  key         = "functions/udfs-${filesha256(var.udfs_zip)}.zip"
  source      = var.udfs_zip
  source_hash = filesha256(var.udfs_zip)
  kms_key_id  = var.key_arns["operations"]
  tags        = local.tags
}

module "function" {
  source      = "../function"
  context     = var.context
  name        = "udfs"
  description = "Card, address and name functions for SQL, as DuckDB and Spark have them"
  may         = "Computes on the rows it is given; reads the key of the tokens, and no bucket."
  handler     = "spark_udfs.redshift_function.handler"
  zip         = { bucket = aws_s3_object.zip.bucket, key = aws_s3_object.zip.key, hash = filebase64sha256(var.udfs_zip) }
  memory      = 1024
  seconds     = 60
  # A query over all of history calls as often as it may; ingestion must not wait for it.
  concurrency = var.concurrency
  token_key   = var.token_key
  key_arns    = var.key_arns
  log_days    = var.log_days
  tags        = local.tags
}

module "caller" {
  source      = "../role"
  context     = var.context
  name        = "udfs-caller"
  description = "The warehouse calls the functions, and nothing else by this role."
  services    = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
  is_guarded  = false
  statements = {
    CallFunctions = {
      actions   = ["lambda:InvokeFunction"]
      resources = ["arn:aws:lambda:${var.context.region}:${var.context.account_id}:function:${module.function.name}"]
    }
  }
}

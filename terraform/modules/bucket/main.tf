# A bucket as every bucket here is: private, encrypted, versioned, reached by TLS only, with its
# access written down and its content's end of life declared.

locals {
  name   = "${var.context.prefix}-${var.name}-${var.context.account_id}"
  arn    = "arn:aws:s3:::${local.name}"
  is_kms = var.kms_key_arn != null
  # Statements of different conditions have different types, which only a JSON text unites.
  refusals = concat(
    [
      jsonencode({
        Sid       = "DenyWithoutTls", Effect = "Deny", Principal = "*", Action = "s3:*"
        Resource  = [local.arn, "${local.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }),
      jsonencode({
        Sid       = "DenyOldTls", Effect = "Deny", Principal = "*", Action = "s3:*"
        Resource  = [local.arn, "${local.arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      }),
    ],
    # What says nothing is encrypted by the bucket's default, which is the right key.
    local.is_kms ? [
      jsonencode({
        Sid       = "DenyOtherEncryption", Effect = "Deny", Principal = "*", Action = "s3:PutObject"
        Resource  = "${local.arn}/*"
        Condition = { StringNotEqualsIfExists = { "s3:x-amz-server-side-encryption" = "aws:kms" } }
      }),
      jsonencode({
        Sid       = "DenyOtherKeys", Effect = "Deny", Principal = "*", Action = "s3:PutObject"
        Resource  = "${local.arn}/*"
        Condition = { StringNotEqualsIfExists = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = var.kms_key_arn } }
      }),
    ] : [],
    [for one in var.statements : jsonencode(one)],
  )
}

resource "aws_s3_bucket" "this" {
  bucket              = local.name
  object_lock_enabled = var.lock != null
  force_destroy       = var.is_disposable
  tags                = local.tags
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    bucket_key_enabled = local.is_kms
    apply_server_side_encryption_by_default {
      sse_algorithm     = local.is_kms ? "aws:kms" : "AES256"
      kms_master_key_id = var.kms_key_arn
    }
  }
}

resource "aws_s3_bucket_object_lock_configuration" "this" {
  count  = var.lock == null ? 0 : 1
  bucket = aws_s3_bucket.this.id
  rule {
    default_retention {
      mode = var.lock.mode
      days = var.lock.days
    }
  }
  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for one in local.refusals : jsondecode(one)]
  })
  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_logging" "this" {
  count         = var.log_to == null ? 0 : 1
  bucket        = aws_s3_bucket.this.id
  target_bucket = var.log_to.bucket
  target_prefix = "${local.name}/"
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    id     = "what-was-replaced"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  dynamic "rule" {
    for_each = var.expirations
    content {
      id     = "expire-${trimsuffix(replace(rule.key, "/", "-"), "-")}"
      status = "Enabled"
      filter {
        prefix = rule.key == "all" ? "" : rule.key
      }
      expiration {
        days = rule.value
      }
    }
  }

  dynamic "rule" {
    for_each = var.transitions
    content {
      id     = "colder-${trimsuffix(replace(rule.key, "/", "-"), "-")}"
      status = "Enabled"
      filter {
        prefix = rule.key
      }
      transition {
        days          = rule.value
        storage_class = "STANDARD_IA"
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

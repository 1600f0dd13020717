# The Glue catalogue: databases, the tables of the lake, and how much each column may be shown.
#
# tables.json is rendered from the data contracts (`sentinel catalogue render`); `sentinel catalogue
# register` then keeps partitions and the places of tables, so those are not Terraform's to change.

locals {
  tables    = { for one in jsondecode(file("${path.module}/tables.json")).tables : "${one.schema}.${one.name}" => one }
  databases = toset([for one in local.tables : one.schema])
  # Columns of a table by classification; a table has each of them or not.
  classified = merge([
    for key, one in local.tables : {
      for level in distinct([for column in one.columns : column.classification]) :
      "${key}/${level}" => {
        table          = one
        classification = level
        columns        = [for column in one.columns : column.name if column.classification == level]
      }
    }
  ]...)
}

resource "aws_glue_catalog_database" "lake" {
  for_each    = local.databases
  name        = "sentinel_${each.key}"
  description = "Sentinel's ${each.key} zone, by the ledger; read through lists of live files"
  tags        = local.tags
}

resource "aws_glue_catalog_table" "this" {
  for_each      = local.tables
  database_name = aws_glue_catalog_database.lake[each.value.schema].name
  name          = each.value.name
  table_type    = "EXTERNAL_TABLE"
  parameters    = { EXTERNAL = "TRUE", classification = "parquet" }

  storage_descriptor {
    location      = "${var.lake_url}/catalogue/${each.value.name}/"
    input_format  = each.value.input_format
    output_format = each.value.output_format
    ser_de_info {
      serialization_library = each.value.serialization_library
    }
    dynamic "columns" {
      for_each = each.value.columns
      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }

  dynamic "partition_keys" {
    for_each = each.value.partition_keys
    content {
      name = partition_keys.value.name
      type = partition_keys.value.type
    }
  }

  lifecycle {
    ignore_changes = [storage_descriptor[0].location]
  }
}

# Spark keeps its tables below these places.
resource "aws_glue_catalog_database" "spark" {
  for_each     = toset(var.spark_schemas)
  name         = each.key
  description  = "Tables that Spark builds of the lake"
  location_uri = "s3://${var.curated_bucket}/${each.key}"
  tags         = local.tags
}

# Rights are IAM's until somebody grants by tag; whoever deploys may make tags.
resource "aws_lakeformation_data_lake_settings" "this" {
  admins = var.administrator_arns
  create_database_default_permissions {
    principal   = "IAM_ALLOWED_PRINCIPALS"
    permissions = ["ALL"]
  }
  create_table_default_permissions {
    principal   = "IAM_ALLOWED_PRINCIPALS"
    permissions = ["ALL"]
  }
}

resource "aws_lakeformation_lf_tag" "classification" {
  key    = "${var.context.prefix}-classification"
  values = ["internal", "confidential", "pseudonymous"]

  depends_on = [aws_lakeformation_data_lake_settings.this]
}

resource "aws_lakeformation_resource_lf_tags" "columns" {
  for_each = local.classified
  table_with_columns {
    database_name = aws_glue_catalog_table.this["${each.value.table.schema}.${each.value.table.name}"].database_name
    name          = each.value.table.name
    column_names  = each.value.columns
  }
  lf_tag {
    key   = aws_lakeformation_lf_tag.classification.key
    value = each.value.classification
  }
}

resource "aws_glue_registry" "this" {
  registry_name = var.context.prefix
  description   = "What producers send, by dataset"
  tags          = local.tags
}

resource "aws_glue_schema" "this" {
  for_each          = jsondecode(file("${path.module}/tables.json")).arriving
  registry_arn      = aws_glue_registry.this.arn
  schema_name       = each.key
  data_format       = "JSON"
  compatibility     = "BACKWARD"
  schema_definition = jsonencode(each.value)
  tags              = local.tags
}

resource "aws_glue_data_catalog_encryption_settings" "this" {
  data_catalog_encryption_settings {
    connection_password_encryption {
      return_connection_password_encrypted = true
      aws_kms_key_id                       = var.key_arn
    }
    encryption_at_rest {
      catalog_encryption_mode = "SSE-KMS"
      sse_aws_kms_key_id      = var.key_arn
    }
  }
}

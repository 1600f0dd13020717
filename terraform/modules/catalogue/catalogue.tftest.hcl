mock_provider "aws" {}

variables {
  context = {
    environment  = "dev"
    account_id   = "123456789012"
    region       = "eu-central-1"
    prefix       = "sentinel-dev"
    boundary_arn = "arn:aws:iam::123456789012:policy/sentinel-boundary"
  }
  lake_url           = "s3://sentinel-dev-lake-123456789012/lake"
  curated_bucket     = "sentinel-dev-curated-123456789012"
  spark_schemas      = ["dev_marts", "dev_features"]
  key_arn            = "arn:aws:kms:eu-central-1:123456789012:key/one"
  administrator_arns = ["arn:aws:iam::123456789012:role/sentinel-deploy"]
}

run "tables_of_the_contracts" {
  command = plan
  assert {
    condition     = aws_glue_catalog_table.this["raw.transactions"].database_name == "sentinel_raw"
    error_message = "The databases are those that dbt's external schemas lead to."
  }
  assert {
    condition     = aws_glue_catalog_table.this["raw.transactions"].partition_keys[0].type == "date"
    error_message = "Datasets are partitioned by event date."
  }
  assert {
    condition     = length(aws_glue_catalog_table.this["lake.ledger"].partition_keys) == 0
    error_message = "The ledger has no dates."
  }
  assert {
    condition = alltrue([
      for key, one in aws_glue_catalog_table.this :
      length(one.storage_descriptor[0].columns) == sum([for level in aws_lakeformation_resource_lf_tags.columns : length(level.table_with_columns[0].column_names) if level.table_with_columns[0].name == one.name])
    ])
    error_message = "Every column has one classification."
  }
}

run "a_lake_in_a_folder_is_refused" {
  command = plan
  variables {
    lake_url = "./lake"
  }
  expect_failures = [var.lake_url]
}

# Every task of the repository; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
export SENTINEL_HOME ?= $(CURDIR)/.sentinel
export DBT_TARGET_PATH ?= $(SENTINEL_HOME)/dbt/target
export DBT_LOG_PATH ?= $(SENTINEL_HOME)/dbt/logs
export DAGSTER_HOME ?= $(SENTINEL_HOME)/dagster
export PATH := $(CURDIR)/.venv/bin:$(PATH)

SOURCE ?=
MAPPING ?=
UV := $(shell command -v uv 2>/dev/null)
ifeq ($(UV),)
  CREATE = $(PYTHON) -m venv .venv
  INSTALL = .venv/bin/python -m pip install --quiet --disable-pip-version-check
  CREATE_JUDGE = $(PYTHON) -m venv .venv/judge
  CREATE_CHECKOV = $(PYTHON) -m venv .venv/checkov
  CREATE_SAIL = $(PYTHON) -m venv .venv/sail
  INSTALL_CHECKOV = .venv/checkov/bin/python -m pip install --quiet --disable-pip-version-check
  INSTALL_JUDGE = .venv/judge/bin/python -m pip install --quiet --disable-pip-version-check
  INSTALL_SAIL = .venv/sail/bin/python -m pip install --quiet --disable-pip-version-check
else
  CREATE = uv venv --quiet --allow-existing --python $(PYTHON) .venv
  INSTALL = uv pip install --quiet --python .venv/bin/python
  CREATE_JUDGE = uv venv --quiet --allow-existing --python .venv/bin/python .venv/judge
  CREATE_CHECKOV = uv venv --quiet --allow-existing --python .venv/bin/python .venv/checkov
  CREATE_SAIL = uv venv --quiet --allow-existing --python .venv/bin/python .venv/sail
  INSTALL_CHECKOV = uv pip install --quiet --python .venv/checkov/bin/python
  INSTALL_JUDGE = uv pip install --quiet --python .venv/judge/bin/python
  INSTALL_SAIL = uv pip install --quiet --python .venv/sail/bin/python
endif
# An AWS API server that runs Lambdas. It wants another botocore, so it has an environment of its own.
JUDGE_PACKAGES = ministack==1.5.33 duckdb==1.5.5
# What judges Terraform's plans pins versions that nothing else here has.
CHECKOV_PACKAGES = checkov==3.3.30

# A server of Spark Connect that has Iceberg and needs no Java: 0.7.2 is the version whose merge was held
# against DuckDB. Its client, of the Spark that it speaks, takes the place of PySpark under PySpark's name.
SAIL_PACKAGES = pysail==0.7.2 pyspark-client==4.2.0 dbt-spark==1.11.0

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.venv/bin/python:
	@echo "Creating .venv with $$($(PYTHON) --version)"
	@$(CREATE)

.venv/.core: pyproject.toml requirements.lock | .venv/bin/python
	@echo "Installing Sentinel's packages (a minute or two when none is cached)"
	@$(INSTALL) --constraint requirements.lock --editable .
	@touch $@

.venv/.dev: pyproject.toml requirements.lock | .venv/bin/python
	@echo "Installing the development packages (Spark included)"
	@$(INSTALL) --constraint requirements.lock --editable '.[dev]'
	@touch .venv/.core $@

.venv/.judge: Makefile | .venv/bin/python
	@echo "Installing the server that judges the Firehose function"
	@$(CREATE_JUDGE)
	@$(INSTALL_JUDGE) $(JUDGE_PACKAGES)
	@touch $@

.venv/.checkov: Makefile | .venv/bin/python
	@echo "Installing checkov, which judges Terraform's plans"
	@$(CREATE_CHECKOV)
	@$(INSTALL_CHECKOV) $(CHECKOV_PACKAGES)
	@touch $@

.venv/.sail: Makefile requirements.lock | .venv/bin/python
	@echo "Installing Sail, which has Iceberg"
	@$(CREATE_SAIL)
	@$(INSTALL_SAIL) --constraint requirements.lock $(SAIL_PACKAGES)
	@touch $@

dbt_packages/.installed: packages.yml $(shell find dbt_project/package_standins -type f 2>/dev/null) | .venv/.core
	@sentinel packages install
	@touch $@

.PHONY: setup
setup: .venv/.core dbt_packages/.installed ## what `demo`, `ui` and dbt commands need

.PHONY: setup-dev
setup-dev: .venv/.dev .venv/.judge dbt_packages/.installed ## what the tests need, Chromium and Java included
	@scripts/install_system_packages

.PHONY: demo
demo: setup ## land data, build everything through Dagster, show the result [SOURCE=… MAPPING=…]
	@sentinel demo $(if $(SOURCE),--source "$(SOURCE)") $(if $(MAPPING),--mapping "$(MAPPING)")

.PHONY: ui
ui: setup ## Dagster's UI on http://127.0.0.1:3000 [PORT=…]
	@sentinel ui $(if $(PORT),--port $(PORT))

.PHONY: docs
docs: setup ## dbt docs as one static page
	@sentinel docs

.PHONY: diagrams
diagrams: setup ## draw docs/images/*.svg from docs/diagrams/*.dot (needs Graphviz)
	@sentinel diagrams

.PHONY: dictionary
dictionary: setup ## renew docs/data_dictionary.md from contracts and manifest
	@sentinel dictionary

.PHONY: test
test: lint types test-python terraform parity ## lint, types and tests; Terraform; three engines compared

.PHONY: test-python
test-python: setup-dev ## the tests that are Python's, end to end included
	@pytest -n 2 --dist loadfile --ignore tests/acceptance --ignore tests/e2e --ignore tests/iceberg \
	    --ignore tests/spark --ignore tests/terraform tests
	@pytest tests/e2e

.PHONY: terraform
terraform: setup-dev ## every module and environment, dev applied to a server on loopback, roles, checkov
	@if reason=$$(python -m tests.support.terraform); then \
	    $(MAKE) --no-print-directory .venv/.checkov && \
	    pytest -n 2 --dist loadfile --durations 5 tests/terraform; \
	else \
	    printf '%s\n' "" "######## TERRAFORM IS ONLY CHECKED IN PART: $$reason ########" \
	        "No module is validated, nothing is planned or applied, no role is tried, checkov is not run." ""; \
	    pytest tests/terraform/without_provider; \
	fi

.PHONY: lint
lint: setup-dev ## ruff, sqlfluff, yamllint, what Redshift would refuse
	@ruff check . && ruff format --check .
	@SENTINEL_SAMPLE=false sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models
	@yamllint --strict .
	@sentinel lint redshift

.PHONY: types
types: setup-dev ## mypy
	@mypy

ENGINES ?= duckdb,spark,redshift
TRANSACTIONS ?= 50000
.PHONY: parity
parity: setup-dev ## one data set on every engine, compared; Redshift is a stand-in [ENGINES=… TRANSACTIONS=…]
	@python -m tests.redshift_standin sentinel parity --engines $(ENGINES) --transactions $(TRANSACTIONS)

.PHONY: test-spark
test-spark: setup-dev ## golden rows, plans and the job on Spark, in one session of it; a quarter of an hour
	@pytest tests/spark

.PHONY: test-iceberg
test-iceberg: setup-dev .venv/.sail ## golden rows in Iceberg, merged, killed, released, compared; three minutes
	@pytest --durations 5 tests/iceberg

.PHONY: acceptance
acceptance: setup-dev ## the run on the handbook data in ../shared/data
	@pytest -x tests/acceptance

.PHONY: soak
soak: setup-dev ## processes killed at random, 50 rounds
	@SENTINEL_SOAK_ROUNDS=50 pytest -x tests/integration/streaming/test_killed_{delivery,kinesis_delivery,commit,producer,compaction}.py

.PHONY: benchmark
benchmark: setup-dev ## measure, and rewrite docs/benchmarks.md [ONLY="features demo job large streaming scaling"]
	@python -m benchmarks $(ONLY)

.PHONY: image
image: ## Dagster's image, on a base named by its digest (needs Docker)
	@docker pull --quiet python:3.12-slim-bookworm >/dev/null
	@docker build --file deploy/Dockerfile --tag sentinel:local --build-arg PYTHON_IMAGE="$$(docker inspect \
	    --format '{{index .RepoDigests 0}}' python:3.12-slim-bookworm)" .

.PHONY: image-push
image-push: image ## push it for an environment, and sign it [ENVIRONMENT=… TF_VAR_account_id=…]
	@scripts/environment image-push

build/functions.zip: setup
	@$(MAKE) --no-print-directory transform-zip ZIP=$@

.PHONY: terraform-plan
terraform-plan: build/functions.zip ## what an environment would become [ENVIRONMENT=… TF_VAR_account_id=…]
	@scripts/environment plan

.PHONY: terraform-apply
terraform-apply: build/functions.zip ## deploy an environment [ENVIRONMENT=… TF_VAR_account_id=…]
	@scripts/environment apply

.PHONY: release-functions
release-functions: ## have the newest functions called, a tenth first [ENVIRONMENT=… TF_VAR_account_id=…]
	@scripts/environment release-functions

.PHONY: transform-zip
transform-zip: setup ## the functions on both sides of Firehose as a Lambda zip [ZIP=…]
	@python -m streaming_ingest.lambda_package "$(or $(ZIP),$(SENTINEL_HOME)/lambda/firehose_transform.zip)"

.PHONY: spark-package
spark-package: setup ## the project and its entry point for Spark on EMR Serverless
	@mkdir -p "$(SENTINEL_HOME)/spark_package"
	@cp spark_job/__main__.py "$(SENTINEL_HOME)/spark_package/entry_point.py"
	@git ls-files -z sentinel batch_ingest spark_udfs spark_job dbt_project macros seeds snapshots '*.yml' '*.toml' \
	    | tar --create --gzip --null --files-from=- --file "$(SENTINEL_HOME)/spark_package/project.tar.gz" dbt_packages
	@echo "Wrote $(SENTINEL_HOME)/spark_package"

.PHONY: lock
lock: ## renew requirements.lock
	@uv pip compile --quiet --universal --python-version 3.11 --all-extras --no-annotate \
	    --no-header pyproject.toml --output-file requirements.lock
	@sed -i '1i # Exact versions for every extra on Python 3.11 and 3.12; renewed by `make lock`. Used as constraints.' requirements.lock

.PHONY: clean
clean: ## remove all state: lake, warehouse, runs, logs
	@rm -rf "$(SENTINEL_HOME)" target logs
	@echo "Removed $(SENTINEL_HOME)"

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
# Environments: $(call create,PYTHON,FOLDER) and $(call install,FOLDER) PACKAGES.
ifeq ($(UV),)
  create = $(1) -m venv $(2)
  install = $(1)/bin/python -m pip install --quiet --disable-pip-version-check
else
  create = uv venv --quiet --allow-existing --python $(1) $(2)
  install = uv pip install --quiet --python $(1)/bin/python
endif

# Programs that want other versions of packages than Sentinel does: each has an environment of its own.
TOOLS = judge checkov scanners sail
ABOUT_judge = the server that judges the Firehose function: an AWS API server that runs Lambdas
PACKAGES_judge = ministack==1.5.33 duckdb==1.5.5
ABOUT_checkov = checkov, which judges Terraform's plans
PACKAGES_checkov = checkov==3.3.30
ABOUT_scanners = what looks at workflows and manifests, for secrets and for known faults of packages
PACKAGES_scanners = check-jsonschema==0.39.0 detect-secrets==1.5.0 kubernetes-validate==1.37.0 \
    pip-audit==2.10.1 zizmor==1.32.0
KUBERNETES = 1.32
# 0.7.2 is the version whose merge was held against DuckDB. Its client, of the Spark that it speaks, takes the
# place of PySpark under PySpark's name.
ABOUT_sail = Sail, a server of Spark Connect that has Iceberg and needs no Java
PACKAGES_sail = --constraint requirements.lock pysail==0.7.2 pyspark-client==4.2.0 dbt-spark==1.11.0

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.venv/bin/python:
	@echo "Creating .venv with $$($(PYTHON) --version)"
	@$(call create,$(PYTHON),.venv)

.venv/.core: pyproject.toml requirements.lock | .venv/bin/python
	@echo "Installing Sentinel's packages (a minute or two when none is cached)"
	@$(call install,.venv) --constraint requirements.lock --editable .
	@touch $@

.venv/.dev: pyproject.toml requirements.lock | .venv/bin/python
	@echo "Installing the development packages (Spark included)"
	@$(call install,.venv) --constraint requirements.lock --editable '.[dev]'
	@touch .venv/.core .venv/.model $@

.venv/.model: pyproject.toml requirements.lock | .venv/bin/python
	@echo "Installing what the fraud model is trained with"
	@$(call install,.venv) --constraint requirements.lock --editable '.[ml]'
	@touch .venv/.core $@

$(TOOLS:%=.venv/.%): .venv/.%: Makefile requirements.lock | .venv/bin/python
	@echo "Installing $(ABOUT_$*)"
	@$(call create,.venv/bin/python,.venv/$*)
	@$(call install,.venv/$*) $(PACKAGES_$*)
	@touch $@

dbt_packages/.installed: packages.yml $(shell find dbt_project/package_standins -type f 2>/dev/null) | .venv/.core
	@sentinel packages install
	@touch $@

.PHONY: setup
setup: .venv/.core dbt_packages/.installed ## what `demo`, `ui` and dbt commands need

.PHONY: setup-model
setup-model: .venv/.model dbt_packages/.installed ## what `sentinel model` needs besides

.PHONY: setup-dev
setup-dev: .venv/.dev .venv/.judge .venv/.scanners dbt_packages/.installed ## what the tests need, Chromium and Java included
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
	@$(MAKE) --no-print-directory workflows containers secrets licences

.PHONY: workflows
workflows: .venv/.scanners ## workflows and compose file: their schemas, and what is dangerous in workflows
	@.venv/scanners/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@.venv/scanners/bin/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose/compose.yaml
	@.venv/scanners/bin/zizmor --offline --no-progress --quiet --config .github/zizmor.yml .github/workflows

.PHONY: containers
containers: .venv/.scanners .venv/.checkov ## image and manifests: Kubernetes' own schema, and what is dangerous in them
	@.venv/scanners/bin/kubernetes-validate --strict --quiet --kubernetes-version $(KUBERNETES) \
	    $(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/base/*.yaml))
	@.venv/checkov/bin/checkov --config-file deploy/checkov.yml

.PHONY: secrets
secrets: .venv/.scanners ## whether something that looks like a secret is new
	@.venv/scanners/bin/python scripts/secret_scan.py

.PHONY: secrets-known
secrets-known: .venv/.scanners ## say of all that looks like a secret that it is none
	@.venv/scanners/bin/python scripts/secret_scan.py --update

.PHONY: licences
licences: setup-dev ## the licence of every package against those that are allowed
	@python scripts/licences.py

.PHONY: audit
audit: .venv/.scanners ## known faults of the packages of requirements.lock; asks a service, and fails without it
	@.venv/scanners/bin/pip-audit --requirement requirements.lock --no-deps --disable-pip --strict \
	    || { echo "The audit found something, or could not ask: nothing is said of the packages." >&2; exit 1; }

.PHONY: types
types: setup-dev ## mypy
	@mypy

ENGINES ?= duckdb,spark,redshift
TRANSACTIONS ?= 50000
.PHONY: parity
parity: setup-dev ## golden and generated rows on every engine; Redshift is a stand-in [ENGINES=… TRANSACTIONS=…]
	@python -m tests.support.golden "$(SENTINEL_HOME)/golden"
	@python -m tests.redshift_standin sentinel parity --engines $(ENGINES) --transactions $(TRANSACTIONS) \
	    --lake "$(SENTINEL_HOME)/golden/lake"

STATE ?=
BASE ?= origin/main
.PHONY: slim
slim: setup ## what a change does to models, built, tested and told in build/slim [BASE=… or STATE=…]
	@STATE="$(STATE)" scripts/slim "$(BASE)"

.PHONY: slim-comment
slim-comment: ## post it on a pull request [PULL_REQUEST=…]
	@gh pr comment "$(PULL_REQUEST)" --body-file build/slim/comment.md --edit-last --create-if-none

.PHONY: test-spark
test-spark: setup-dev ## golden rows, plans and the job on Spark, in one session of it; a quarter of an hour
	@pytest tests/spark

.PHONY: test-iceberg
test-iceberg: setup-dev .venv/.sail ## golden rows in Iceberg, merged, killed, released, compared; three minutes
	@pytest --durations 5 tests/iceberg

.PHONY: acceptance
acceptance: setup-dev ## the run on the handbook data in ../shared/data
	@pytest -x tests/acceptance

FAULTS ?=
.PHONY: game-day
game-day: setup-dev ## faults on the local stack, and whether what must hold held [FAULTS="full-disk …"]
	@python -m tests.game_day $(FAULTS)

.PHONY: soak
soak: setup-dev ## processes killed at random, 50 rounds; ten quiet months watched, and ten shifts
	@SENTINEL_SOAK_ROUNDS=50 pytest -x tests/integration/streaming/test_killed_{delivery,kinesis_delivery,commit,producer,compaction}.py
	@SENTINEL_SOAK_HISTORIES=10 pytest tests/integration/fraud_model/test_model_monitoring.py

.PHONY: benchmark
benchmark: setup-dev ## measure, and rewrite docs/benchmarks.md and docs/scaling.md [ONLY="features demo job large streaming functions model scaling"]
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

build/udfs.zip: setup
	@$(MAKE) --no-print-directory udfs-zip ZIP=$@

.PHONY: terraform-plan
terraform-plan: build/functions.zip build/udfs.zip ## what an environment would become [ENVIRONMENT=… TF_VAR_account_id=…]
	@scripts/environment plan

.PHONY: terraform-apply
terraform-apply: build/functions.zip build/udfs.zip ## deploy an environment [ENVIRONMENT=… TF_VAR_account_id=…]
	@scripts/environment apply

.PHONY: release-functions
release-functions: ## have the newest functions called, a tenth first [ENVIRONMENT=… TF_VAR_account_id=…]
	@scripts/environment release-functions

.PHONY: state-save
state-save: ## keep what was deployed beside the lake, for reviews [ENVIRONMENT=… TF_VAR_account_id=…]
	@scripts/environment state-save

.PHONY: transform-zip
transform-zip: setup ## the functions on both sides of Firehose as a Lambda zip [ZIP=…]
	@python -m deploy.lambda_zip firehose "$(or $(ZIP),$(SENTINEL_HOME)/lambda/firehose_transform.zip)"

.PHONY: udfs-zip
udfs-zip: setup ## the functions that Redshift calls as a Lambda zip [ZIP=…]
	@python -m deploy.lambda_zip udfs "$(or $(ZIP),$(SENTINEL_HOME)/lambda/udfs.zip)"

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

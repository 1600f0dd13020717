with figures as (
    select * from {{ source('model_log', 'evaluations') }}
),

-- An evaluation that ran again said the same: its latest run is what stays.
latest as (
    select
        *,
        max(evaluated_at) over (partition by evaluation_id) as latest_at
    from figures
),

final as (
    select
        cast(evaluation_id as {{ dbt.type_string() }}) as evaluation_id,
        cast(model_kind as {{ dbt.type_string() }}) as model_kind,
        cast(feature_version as {{ dbt.type_string() }}) as feature_version,
        cast(scorer as {{ dbt.type_string() }}) as scorer,
        cast(fraud_type as {{ dbt.type_string() }}) as fraud_type,
        cast(metric_name as {{ dbt.type_string() }}) as metric_name,
        cast(max(parameters) as {{ dbt.type_string() }}) as parameters,
        cast(max(data_hash) as {{ dbt.type_string() }}) as data_hash,
        cast(max(code_revision) as {{ dbt.type_string() }}) as code_revision,
        cast(max(training_days) as bigint) as training_days,
        cast(count(*) as bigint) as fold_count,
        cast(avg(metric_value) as {{ sentinel.type_double() }}) as metric_mean,
        -- Of one fold there is none.
        cast(stddev_samp(metric_value) as {{ sentinel.type_double() }}) as metric_stddev,
        cast(min(metric_value) as {{ sentinel.type_double() }}) as metric_minimum,
        cast(max(metric_value) as {{ sentinel.type_double() }}) as metric_maximum,
        min(test_date) as first_test_date,
        max(test_date) as last_test_date,
        max(evaluated_at) as evaluated_at
    from latest
    where evaluated_at = latest_at
    group by evaluation_id, model_kind, feature_version, scorer, fraud_type, metric_name
)

select * from final

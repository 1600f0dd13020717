with invocations as (
    select * from {{ source('run_log', 'invocations') }}
),

results as (
    select
        invocation_id,
        count(*) as node_count,
        sum(case when status in ('error', 'fail', 'runtime error') then 1 else 0 end) as failed_node_count,
        sum(case when status = 'warn' then 1 else 0 end) as warned_node_count,
        sum(execution_seconds) as node_seconds
    from {{ source('run_log', 'node_results') }}
    group by invocation_id
),

final as (
    select
        invocations.invocation_id,
        invocations.orchestrator_run_id,
        invocations.command,
        invocations.target,
        coalesce(results.node_count, 0) as node_count,
        coalesce(results.failed_node_count, 0) as failed_node_count,
        coalesce(results.warned_node_count, 0) as warned_node_count,
        results.node_seconds,
        {{ sentinel.seconds_between('invocations.started_at', 'invocations.ended_at') }} as duration_seconds,
        coalesce(results.failed_node_count, 0) = 0 as is_successful,
        invocations.started_at,
        invocations.ended_at
    from invocations
    left join results
        on invocations.invocation_id = results.invocation_id
)

select * from final

with results as (
    select
        results.*,
        invocations.ended_at
    from {{ source('run_log', 'node_results') }} as results
    inner join {{ source('run_log', 'invocations') }} as invocations
        on results.invocation_id = invocations.invocation_id
    where results.resource_type = 'test'
),

ordered as (
    select
        *,
        row_number() over (partition by node_id order by ended_at desc) as recency
    from results
),

latest as (
    select
        coalesce(tested_node, 'several models') as tested_node,
        status,
        failure_count,
        ended_at
    from ordered
    where recency = 1
),

final as (
    select
        tested_node,
        count(*) as test_count,
        sum(case when status = 'pass' then 1 else 0 end) as passed_test_count,
        sum(case when status = 'warn' then 1 else 0 end) as warned_test_count,
        sum(case when status in ('fail', 'error', 'runtime error') then 1 else 0 end) as failed_test_count,
        sum(coalesce(failure_count, 0)) as failing_row_count,
        cast(sum(case when status = 'pass' then 1 else 0 end) as {{ sentinel.type_double() }}) / count(*)
            as quality_score,
        max(ended_at) as last_tested_at
    from latest
    group by tested_node
)

select * from final

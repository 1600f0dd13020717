{#- Versions of each customer or terminal, and from when until when each held.

    Arguments:
        delivered: relation of delivered states, with `updated_at` and `is_deleted`.
        entity: column by which states are taken together.
        columns: what a state says besides. -#}
{% macro entity_versions(delivered, entity, columns) -%}
with delivered as (
    select * from {{ delivered }}
),

ordered as (
    select
        *,
        row_number() over (
            partition by {{ entity }}, updated_at
            order by _ingested_at desc, _batch_id desc, _position desc
        ) as recency
    from delivered
),

versions as (
    select
        *,
        lag(updated_at) over (partition by {{ entity }} order by updated_at) as previous_updated_at,
        lead(updated_at) over (partition by {{ entity }} order by updated_at) as next_updated_at
    from ordered
    where recency = 1
),

final as (
    select
        {{ entity }},
        {%- for column in columns %}
        {#- A deletion often tells no more than the key; what the version before it said is then
            what was deleted. #}
        coalesce(
            {{ column }},
            case
                when is_deleted
                    then lag({{ column }}) over (partition by {{ entity }} order by updated_at)
            end
        ) as {{ column }},
        {%- endfor %}
        coalesce(is_deleted, false) as is_deleted,
        next_updated_at is null as is_current,
        updated_at,
        -- What came before the first known version is best described by it.
        case
            when previous_updated_at is null then cast('1900-01-01' as timestamp)
            else updated_at
        end as valid_from,
        -- A far date rather than null: a join on "null or later" cannot be a hash join.
        coalesce(next_updated_at, cast('9999-12-31' as timestamp)) as valid_to,
        _batch_id,
        _ingested_at
    from versions
)

select * from final
{%- endmacro %}

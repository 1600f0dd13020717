{#- A column of a version. A deletion often tells no more than the key; what the version before it
    said is then what was deleted.

    Arguments:
        column: of `versions`, which also has is_deleted and updated_at.
        key: column that identifies what there are versions of. -#}
{% macro known_at_deletion(column, key) -%}
    coalesce(
        {{ column }},
        case when is_deleted then lag({{ column }}) over (partition by {{ key }} order by updated_at) end
    )
{%- endmacro %}

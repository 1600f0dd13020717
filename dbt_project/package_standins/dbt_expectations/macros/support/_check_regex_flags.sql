{#- Raises on a flag that the engine does not know, rather than drop it. -#}
{% macro _check_regex_flags(flags, known) %}
    {%- for flag in flags if flag not in known -%}
        {{ exceptions.raise_compiler_error(
            "regex flag '" ~ flag ~ "' does not exist on " ~ adapter.type() ~ "; known: " ~ known
        ) }}
    {%- endfor -%}
{% endmacro %}

{#- Whether the pattern is found anywhere in the text. Patterns are in the engine's own dialect
    (RE2 on DuckDB, Java on Spark, POSIX on Redshift); character classes such as `[0-9]` mean the
    same on all three. -#}
{% macro _matches_regex(text, regex, is_raw=false, flags="") %}
    {{- return(
        adapter.dispatch("_matches_regex", "dbt_expectations")(text, regex, is_raw, flags)
    ) -}}
{% endmacro %}

{% macro default___matches_regex(text, regex, is_raw, flags) %}
    {{ exceptions.raise_compiler_error(
        "expect_column_values_to_match_regex is not written for " ~ adapter.type()
    ) }}
{% endmacro %}

{% macro duckdb___matches_regex(text, regex, is_raw, flags) %}
    {%- do dbt_expectations._check_regex_flags(flags, "cilmnps") -%}
    {{- return("regexp_matches(" ~ text ~ ", '" ~ regex ~ "', '" ~ flags ~ "')") -}}
{% endmacro %}

{% macro redshift___matches_regex(text, regex, is_raw, flags) %}
    {%- do dbt_expectations._check_regex_flags(flags, "ceip") -%}
    {{- return(
        "regexp_instr(" ~ text ~ ", '" ~ regex ~ "', 1, 1, 0, '" ~ (flags or "c") ~ "') > 0"
    ) -}}
{% endmacro %}

{#- Java takes its flags inside the pattern, and matches case anyway (`c`). -#}
{% macro spark___matches_regex(text, regex, is_raw, flags) %}
    {%- do dbt_expectations._check_regex_flags(flags, "cimsx") -%}
    {%- set inline = flags | replace("c", "") -%}
    {%- set pattern = ("(?" ~ inline ~ ")" if inline else "") ~ regex -%}
    {{- return(text ~ " rlike " ~ ("r" if is_raw else "") ~ "'" ~ pattern ~ "'") -}}
{% endmacro %}

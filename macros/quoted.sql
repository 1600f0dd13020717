{#- A text as a SQL literal; empty text becomes null. -#}
{% macro quoted(text) %}
    {{- return(adapter.dispatch('quoted', 'sentinel')(text | string) if text | string else 'null') -}}
{% endmacro %}


{% macro default__quoted(text) %}
    {{- return("'" ~ text.replace("'", "''") ~ "'") -}}
{% endmacro %}


{#- Two literals side by side are one text there, without the quote between them. -#}
{% macro spark__quoted(text) %}
    {{- return("'" ~ text.replace('\\', '\\\\').replace("'", "\\'") ~ "'") -}}
{% endmacro %}

{#- The monitors of each tested column: {column: [monitor, ...]}. With `only`, the column must exist
    and allow every monitor named; otherwise columns whose name has the prefix or matches the
    regular expression are left out (case ignored), and so are monitors that a type does not
    allow. -#}
{% macro _monitored_columns(model, names, only=none, prefix=none, regexp=none) %}

    {%- set left_out = [] -%}
    {%- if prefix -%}{%- do left_out.append(modules.re.escape(prefix)) -%}{%- endif -%}
    {%- if regexp -%}{%- do left_out.append(regexp) -%}{%- endif -%}
    {%- set monitored = {} -%}
    {%- set existing = elementary._tested_columns(model) -%}
    {%- for column in existing -%}
        {%- set is_only = only and column.name | lower == only | replace('"', "") | lower -%}
        {%- set is_left_out = only and not is_only or left_out
            and modules.re.match(left_out | join("|"), column.name, modules.re.IGNORECASE) -%}
        {%- if not is_left_out -%}
            {%- set family = elementary._type_family(column.dtype) -%}
            {%- set allowed = elementary._monitors(family, defaults_only=not names) -%}
            {%- set chosen = (names or allowed) | select("in", allowed) | list -%}
            {%- if only and names and chosen | length < names | length -%}
                {{ exceptions.raise_compiler_error(
                    model ~ ", column " ~ only ~ " of type " ~ column.dtype
                    ~ ": monitors must be among " ~ elementary._monitors(family) | join(", ")
                ) }}
            {%- endif -%}
            {%- if chosen -%}{%- do monitored.update({column.quoted: chosen}) -%}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if existing and not monitored -%}
        {{ exceptions.raise_compiler_error(
            model ~ ": there is no column " ~ (only or "to monitor")
        ) }}
    {%- endif -%}
    {{- return(monitored) -}}

{% endmacro %}

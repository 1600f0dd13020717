{#- The bound of a share from 0 to 1 for `in_hashed_share`, as a literal. -#}
{% macro hash_bound(share) %}
    {%- if share is not number or share < 0 or share > 1 %}
        {%- do exceptions.raise_compiler_error('A share lies between 0 and 1, not ' ~ share) %}
    {%- endif %}
    {{- return("'g'" if share >= 1 else "'%08x'" % ((share * 16 ** 8) | int)) -}}
{% endmacro %}

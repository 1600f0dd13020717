{#- Whether an identifier is in a share of all: by its hash, so that it stays in when the share grows, and
    another salt chooses others. `bound` is the hexadecimal text that the share's hashes are below:
    `hash_bound` gives that of a share, as `fraud_model.trial.hash_bound` does. -#}
{% macro in_hashed_share(identifier, salt, bound) -%}
    (substring(md5({{ salt }} || ':' || {{ identifier }}), 1, 8) < {{ bound }})
{%- endmacro %}

"""What is read out of a Markdown page."""

from sentinel.documentation.markdown import (
    links,
    mentioned_commands,
    shell_commands,
    table_rows,
)

PAGE = """\
# Title

Run `make all`, or see [there](other.md#part) and ![a picture](images/a.svg).

```sh
# a comment
make demo  # said on the line
python -c "a; \\
    b"
```

    dbt build -s x+      builds it
    not a command

```console
$ sentinel x
what it prints
```

```yaml
make: not a command
link: [not](a-link.md)
```

| `a` | b \\| c |
|---|---|
"""


def test_shell_commands_are_those_of_shell_blocks():
    assert list(shell_commands(PAGE)) == [
        "make demo  # said on the line",
        'python -c "a; b"',
        "sentinel x",
    ]


def test_mentioned_commands_are_those_of_the_text():
    assert mentioned_commands(PAGE) == {"make all", "dbt build -s x+"}


def test_links_are_those_of_the_text():
    assert links(PAGE) == ["other.md#part", "images/a.svg"]


def test_table_rows_are_cells():
    assert table_rows(PAGE) == [["`a`", "b \\| c"]]

"""What a JSON payload may have besides the letter of RFC 8259 and of our envelope, each under a name.

Three are read at every site, since they can only mean one thing; the others a site has to `accept`.
"""

TOLERANCES: dict[str, str] = {
    "framing": "around objects a byte order mark, NULs or control characters, commas too few or too many;"
    " several objects or arrays one behind the other, or a line each",
    "number_form": "a number as C prints or people write it: `.5`, `5.`, `+31`, `031`",
    "trailing_comma": "a comma behind the last member of an object or array",
    "numeric_text": 'a number in quotes, blanks around it or not: `"31.5"`',
    "extra_keys": "further keys beside `time`, `values`, `flags`, `kind`, unless nearly one of these: `flag`",
}

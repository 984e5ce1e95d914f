# What backup.sh and restore.sh need of a deployment and of a backup. Read by both.
# shellcheck shell=sh disable=SC2154 # $here: the folder deploy/

fail() { # WORDS…
    echo "$(basename "$0" .sh): $*" >&2
    exit 1
}

setting() { # NAME DEFAULT: as docker compose finds it, in the environment, then in .env
    eval "value=\${$1:-}"
    if [ -z "$value" ] && [ -e .env ]; then value=$(sed -n "s/^$1=//p" .env | tail -n 1); fi
    printf '%s' "${value:-$2}"
}

in_liangqu() { # CODE [WORD…]: Python in a container of its own, with the service's volume, settings and network
    docker compose run --rm --no-deps -T --entrypoint python liangqu -c "$@"
}

count_in_compose() { # what the database holds, asked as the service does
    in_liangqu "$(cat "$here/points.py")" count
}

range_of() { # BEFORE AFTER, as points.py counts: a line a measurement, of least, most and name
    awk -F'\t' '{ if (NR == FNR) before[$2] = $1; else after[$2] = $1; names[$2] }
        END { for (name in names) {
            least = before[name] + 0; most = after[name] + 0
            if (least > most) { least = after[name] + 0; most = before[name] + 0 }
            printf "values\t%d\t%d\t%s\n", least, most, name
        } }' "$1" "$2" | sort
}

outside_of() { # MANIFEST COUNTED: what is not as the manifest says, a line each; nothing if all is well
    awk -F'\t' 'NR == FNR { if ($1 == "values") { least[$4] = $2; most[$4] = $3 } next }
        { counted[$2] = $1; if (!($2 in most)) printf "%s: %d values, none in the backup\n", $2, $1 }
        END { for (name in least) if (counted[name] + 0 < least[name] || counted[name] + 0 > most[name])
            printf "%s: %d values of %d\n", name, counted[name], least[name] }' "$1" "$2"
}

shards() { # FOLDER: how many the backup of a database consists of
    find "$1" -name '*.tar.gz' | wc -l
}

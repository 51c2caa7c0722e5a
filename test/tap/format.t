#!/usr/bin/env bash
# The form of the files, as .editorconfig has it.  A tab is four columns wide.
# The length of a line is taken without its string literals, so that a message
# stays in one piece; tables, code and links of the docs have no limit.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C		# columns are bytes, for every awk

c_columns=150
doc_columns=180
sql_columns=140

checks=0
report() { # a check's name and the lines that break it
	checks=$((checks + 1))
	[ -z "$2" ] || printf 'not '
	echo "ok $checks - $1"
	[ -z "$2" ] || printf '%s\n' "$2" | head -n 20 | sed 's/^/# /'
}
# Our own text files: not what is built, what psql writes, and the fuzzer's inputs.
own() { # patterns of names
	local names=() pattern
	for pattern in "$@"; do names+=(-o -name "$pattern"); done
	find . \( -path ./.git -o -path ./build -o -path ./results -o -path ./expected -o -path ./test/fuzz/corpus \
		-o -name 'pg_dunning--*' \) -prune -o -type f \( "${names[@]:1}" \) -print
}
sources() {
	own '*.c' '*.h' '*.sql' '*.awk' '*.md' '*.pm' '*.t' '*.csv' '*.control' '*.json' Makefile .editorconfig .gitignore
	find script demo test -type f -name run -o -path 'script/*' -type f
}
mapfile -t all < <(sources | sort -u)
mapfile -t c < <(own '*.c' '*.h')
mapfile -t indented < <(own '*.c' '*.h' '*.sql' | grep -E '^\./(src|test/(core|fuzz))/')
mapfile -t docs < <(own '*.md')
mapfile -t sql < <(own '*.sql' | grep '^\./src/')

# a check of no file is none
[ ${#all[@]} -gt 100 ] && [ ${#c[@]} -gt 50 ] && [ ${#docs[@]} -gt 5 ] || { echo "Bail out! the files are not there"; exit 1; }

found() { # as grep, for which nothing found is no error
	grep -n "$@" || [ $? -eq 1 ]
}

wrong=$(found -E '[[:blank:]]$' "${all[@]}")
report "no blanks at the end of a line" "$wrong"

wrong=$(found $'\r' "${all[@]}")
report "no carriage returns" "$wrong"

wrong=$(for file in "${all[@]}"; do
	[ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || echo "$file"
done)
report "a newline at the end of a file" "$wrong"

wrong=$(found -E '^ ([^*]|$)|^	* +	' "${indented[@]}")
report "C and SQL are indented by tabs" "$wrong"

wrong=$(awk -v columns=$c_columns '
	{
		line = $0
		while ((tab = index(line, "\t")) > 0)
			line = substr(line, 1, tab - 1) substr("    ", 1, 4 - (tab - 1) % 4) substr(line, tab + 1)
		gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
		if (length(line) > columns)
			print FILENAME ":" FNR ": " length(line) " columns"
	}' "${c[@]}")
report "no line of C beyond $c_columns columns" "$wrong"

wrong=$(awk -v columns=$sql_columns '
	{
		line = $0
		while ((tab = index(line, "\t")) > 0)
			line = substr(line, 1, tab - 1) substr("    ", 1, 4 - (tab - 1) % 4) substr(line, tab + 1)
		gsub(/\047([^\047]|\047\047)*\047/, "\047\047", line)
		sub(/ *--.*/, "", line)
		if (length(line) > columns)
			print FILENAME ":" FNR ": " length(line) " columns"
	}' "${sql[@]}")
report "no line of SQL beyond $sql_columns columns" "$wrong"

wrong=$(awk -v columns=$doc_columns '
	FNR == 1 { code = 0 }
	/^ *```/ { code = !code }
	!code && !/^\|/ && !/https?:/ && length($0) > columns { print FILENAME ":" FNR ": " length($0) " columns" }
	' "${docs[@]}")
report "no line of the docs beyond $doc_columns columns" "$wrong"

wrong=$(for columns in $c_columns $doc_columns $sql_columns; do
	grep -qx "max_line_length = $columns" .editorconfig || echo "$columns"
done)
report "the lengths are those of .editorconfig" "$wrong"

echo "1..$checks"

# Turns data files into the INSERTs that ship their rows.  The first line names
# the columns; the file's name is the table's; an empty field without quotes is
# NULL.  A field that is not ASCII is written as the bytes of its UTF-8 form,
# which _dunning.shipped_text() brings into the database's encoding.  Run it after
# csv.awk and with LC_ALL=C, so that a character is a byte.
function literal(text, is_quoted,    i, c, hex, wide) {
	if (text == "" && !is_quoted) return "NULL"
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (!(c in byte)) fail("not one byte: run with LC_ALL=C")
		if (byte[c] >= 128) wide = 1
		hex = hex sprintf("%02x", byte[c])
	}
	if (wide) return "_dunning.shipped_text('\\x" hex "')"
	gsub(/'/, "''", text)
	return "'" text "'"
}
BEGIN { for (k = 1; k < 256; k++) byte[sprintf("%c", k)] = k }
{ sub(/\r$/, "") }
FNR == 1 {
	if (NR > 1) print ";"
	table = FILENAME
	sub(/.*\//, "", table)
	sub(/\.csv$/, "", table)
	columns = cut($0)
	printf "\n-- from data/%s.csv\nINSERT INTO dunning.%s (", table, table
	for (f = 1; f <= columns; f++) {
		if (field[f] !~ /^[a-z_]+$/) fail("column names expected")
		printf "%s, ", field[f]
	}
	printf "shipped) VALUES"
	next
}
{
	if ((n = cut($0)) != columns) fail(n " fields, " columns " expected")
	printf "%s\n\t(", (FNR > 2 ? "," : "")
	for (f = 1; f <= n; f++) printf "%s, ", literal(field[f], quoted[f])
	printf "true)"
}
END { if (!failed) print ";" }

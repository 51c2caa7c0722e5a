# Turns data files into the INSERTs that ship their rows.  The first line names
# the columns; the file's name is the table's; an empty field without quotes is
# NULL.  Run it after csv.awk and literal.awk.
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

# Turns a data file into the INSERT that ships its rows.  The first line names
# the columns; the file's name is the table's; no field holds a comma or a quote
# that CSV would have to escape, and an empty field is NULL.
BEGIN { FS = "," }
FNR == 1 {
	if (NR > 1) print ";"
	table = FILENAME
	sub(/.*\//, "", table)
	sub(/\.csv$/, "", table)
	printf "\n-- from data/%s.csv\nINSERT INTO dunning.%s (%s, shipped) VALUES", table, table, $0
	columns = NF
	next
}
{
	if (NF != columns || /"/) {
		printf "%s:%d: %d fields without quotes expected\n", FILENAME, FNR, columns > "/dev/stderr"
		exit 1
	}
	printf "%s\n\t(", (FNR > 2 ? "," : "")
	for (i = 1; i <= NF; i++) {
		gsub(/'/, "''", $i)
		printf "%s, ", ($i == "" ? "NULL" : "'" $i "'")
	}
	printf "true)"
}
END { print ";" }

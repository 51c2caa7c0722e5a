# Makes a COMMENT of "--: text" at the end of a line: on the table, view or type
# whose CREATE it ends, or on the column that the line declares.
function comment(on, text) {
	gsub(/'/, "''", text)
	comments = comments "COMMENT ON " on " IS '" text "';\n"
}
{
	text = ""
	if ((at = index($0, " --: ")) > 0) {
		text = substr($0, at + 5)
		$0 = substr($0, 1, at - 1)
	}
	print
}
/^CREATE (UNLOGGED )?(TABLE|TYPE) / {
	relation = $2 == "UNLOGGED" ? $4 : $3
	if (text != "") comment(($2 == "TYPE" ? "TYPE " : "TABLE ") relation, text)
	text = ""
}
text != "" {
	if (relation == "") {
		print FILENAME ":" FNR ": no column for this comment" >"/dev/stderr"
		exit failed = 1
	}
	comment("COLUMN " relation "." $1, text)
}
/;$/ {
	printf "%s", comments
	comments = relation = ""
}
END { exit failed }

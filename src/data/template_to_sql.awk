# Turns the files of templates, NAME.LANGUAGE.mustache, into the INSERT that ships
# them.  Lines "kind: " and "subject: " may stand before the first empty line;
# the rest is the body, and after a line "html:" the HTML.  Run it after csv.awk and literal.awk.
function row(    part) {
	sub(/.*\//, "", file)
	if (split(file, part, ".") != 3) fail("a name such as first_reminder.fr.mustache expected")
	printf "%s\n\t(%s, %s, %s, %s, %s, %s, true)", (rows++ ? "," : "INSERT INTO dunning.template (name, language, kind, subject, body, html, shipped) VALUES"),
		literal(part[1]), literal(part[2]), literal(kind), literal(subject), literal(body, 1), has_html ? literal(html, 1) : "NULL"
}
FNR == 1 {
	if (NR > 1) row()
	file = FILENAME
	kind = "message"
	subject = body = html = ""
	has_html = 0
	head = 1
}
head && $0 == "" { head = 0; next }
head && sub(/^kind: /, "") { kind = $0; next }
head && sub(/^subject: /, "") { subject = $0; next }
head { fail("kind, subject or an empty line expected") }
$0 == "html:" { has_html = 1; sub(/\n+$/, "\n", body); next }
has_html { html = html $0 "\n"; next }
{ body = body $0 "\n" }
END { if (!failed) { row(); print ";" } }

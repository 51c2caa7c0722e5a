# Literals of SQL.  A text that is not ASCII is written as the bytes of its UTF-8
# form, which _dunning.shipped_text() brings into the database's encoding.  Run it
# with LC_ALL=C, so that a character is a byte.
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

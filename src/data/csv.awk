# Reads data files.  Fields are quoted as RFC 4180 says, except that none goes
# over the end of its line.
function fail(message) {
	printf "%s:%d: %s\n", FILENAME, FNR, message > "/dev/stderr"
	failed = 1
	exit 1
}
# Cuts a line into field[] and quoted[]; returns how many fields there are
function cut(line,    n, i, c, text) {
	n = 0
	i = 1
	for (;;) {
		text = ""
		quoted[++n] = (substr(line, i, 1) == "\"")
		if (quoted[n]) {
			for (i++; ; i++) {
				if (i > length(line)) fail("a quoted field is not closed on its line")
				c = substr(line, i, 1)
				if (c == "\"" && substr(line, ++i, 1) != "\"") break
				text = text c
			}
		} else {
			while (i <= length(line) && (c = substr(line, i, 1)) != ",") {
				if (c == "\"") fail("a quote stands inside a field that does not begin with one")
				text = text c
				i++
			}
		}
		field[n] = text
		if (i > length(line)) return n
		if (substr(line, i, 1) != ",") fail("a comma expected after a quoted field")
		i++
	}
}

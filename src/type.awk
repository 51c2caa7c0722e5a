# Declares the types of type.csv, one for each line, with the functions that the
# macros in type.h make.  Run it after data/csv.awk.  The kinds of types:
#   state   text and binary input and output
#   value   also what DISTINCT, GROUP BY, ORDER BY, indexes and joins need
#   config  also the casts that store a text in a column: drivers bind texts
#   key     a value that is stored as a text.  No key makes its functions raise an
#           error, hence LEAKPROOF: under row-level security only such conditions
#           use an index
function quoted_text(text) {
	gsub(/'/, "''", text)
	return "'" text "'"
}
function declare(name, arguments, result, comment, is, support) {
	name = type "_" name
	printf "CREATE FUNCTION %s(%s) RETURNS %s\n", of_types name, arguments, result
	printf "\tLANGUAGE c %s STRICT PARALLEL SAFE%s AS 'MODULE_PATHNAME', 'dunning_%s';\n", is == "" ? "IMMUTABLE" : is, support, name
	printf "COMMENT ON FUNCTION %s(%s) IS %s;\n", of_types name, arguments, quoted_text(comment)
}
function compare(operator, name, commutator, negator, estimate, able, comment) {
	declare(name, self ", " self, "boolean", "Implementation of the operator " operator, leakproof, operator == "=" ? support : "")
	printf "CREATE OPERATOR pg_catalog.%s (\n\tLEFTARG = %s, RIGHTARG = %s, FUNCTION = %s,\n", operator, self, self, of_types type "_" name
	printf "\tCOMMUTATOR = OPERATOR(pg_catalog.%s), NEGATOR = OPERATOR(pg_catalog.%s),\n", commutator, negator
	printf "\tRESTRICT = %ssel, JOIN = %sjoinsel%s\n);\n", estimate, estimate, able
	printf "COMMENT ON OPERATOR pg_catalog.%s (%s, %s) IS %s;\n", operator, self, self, quoted_text(comment)
}
function operator_class(method, members, comment) {
	printf "CREATE OPERATOR CLASS %s DEFAULT FOR TYPE %s USING %s AS\n%s;\n", of_types type "_ops", self, method, members
	printf "COMMENT ON OPERATOR CLASS %s USING %s IS '%s';\n", of_types type "_ops", method, comment
	printf "COMMENT ON OPERATOR FAMILY %s USING %s IS '%s';\n", of_types type "_ops", method, comment
}
function declare_type(kind, alignment, comment, text_form) {
	printf "\nCREATE TYPE %s;\n", self
	declare("in", "cstring", self, "Text input of " type (text_form == "" ? "" : ": " text_form))
	declare("out", self, "cstring", "Text output of " type)
	# the binary form of a text depends on the client encoding
	declare("recv", "internal", self, "Binary input of " type ": " binary[kind], kind == "key" ? "STABLE" : "")
	declare("send", self, "bytea", "Binary output of " type ": " binary[kind], kind == "key" ? "STABLE" : "")
	printf "CREATE TYPE %s (\n\tINPUT = %s, OUTPUT = %s,\n", self, of_types type "_in", of_types type "_out"
	printf "\tRECEIVE = %s, SEND = %s,\n", of_types type "_recv", of_types type "_send"
	# No string category for a key: a literal is taken as a string where there is a
	# choice, so that = would be ours for it and any type that is implicitly a number.
	if (kind == "key") print "\tLIKE = pg_catalog.text, CATEGORY = 'U', COLLATABLE = false\n);"
	else printf "\tINTERNALLENGTH = VARIABLE, ALIGNMENT = %s, STORAGE = extended\n);\n", alignment
	printf "COMMENT ON TYPE %s IS %s;\n", self, quoted_text(comment)
}
function declare_order(kind, also) {
	leakproof = support = also = ""
	if (kind == "key") {
		leakproof = "IMMUTABLE LEAKPROOF"
		declare("support", "internal", "internal", "Planner support: simplifies the equality of keys to that of the converted columns")
		declare("sortsupport", "internal", "void", "Sort support of the order of keys")
		support = " SUPPORT " of_types type "_support"
		also = ",\n\tFUNCTION 2 " of_types type "_sortsupport(internal),\n\tFUNCTION 4 pg_catalog.btequalimage(oid)"
	}
	compare("=", "eq", "=", "<>", "eq", ", HASHES, MERGES", "Equal values; decimals that are only shown do not count")
	compare("<>", "ne", "<>", "=", "neq", "", "Values that are not equal")
	compare("<", "lt", ">", ">=", "scalarlt", "", "Before, in the order of the texts byte by byte")
	compare("<=", "le", ">=", ">", "scalarle", "", "Before or equal, in the order of the texts byte by byte")
	compare(">=", "ge", "<=", "<", "scalarge", "", "After or equal, in the order of the texts byte by byte")
	compare(">", "gt", "<", "<=", "scalargt", "", "After, in the order of the texts byte by byte")
	declare("cmp", self ", " self, "integer", "Less than, equal to or greater than zero as the first value is before, equal to or after the second", leakproof)
	declare("hash", self, "integer", "Hash of a value", leakproof)
	declare("hash_extended", self ", bigint", "bigint", "Hash of a value in 64 bits, with a seed", leakproof)
	operator_class("btree", "\tOPERATOR 1 pg_catalog.<,\n\tOPERATOR 2 pg_catalog.<=,\n\tOPERATOR 3 pg_catalog.=,\n" \
		"\tOPERATOR 4 pg_catalog.>=,\n\tOPERATOR 5 pg_catalog.>,\n\tFUNCTION 1 " of_types type "_cmp(" self ", " self ")" also, "Sorting of " type)
	operator_class("hash", "\tOPERATOR 1 pg_catalog.=,\n\tFUNCTION 1 " of_types type "_hash(" self "),\n" \
		"\tFUNCTION 2 " of_types type "_hash_extended(" self ", bigint)", "Hashing of " type)
}
function declare_cast(from) {
	printf "CREATE CAST (%s AS %s) WITH INOUT AS ASSIGNMENT;\n", from, self
	printf "COMMENT ON CAST (%s AS %s) IS 'Text input, also where a text is stored in a column';\n", from, self
}
# The schemas of the types, and of their functions and operator classes.
BEGIN {
	schema["value"] = schema["config"] = schema["key"] = "dunning."
	schema["state"] = of_types = "_dunning."
	binary["value"] = binary["config"] = binary["state"] = "a version byte, then the text form"
	binary["key"] = "that of text"
}
{ sub(/\r$/, "") }
FNR == 1 {
	if ($0 != "name,kind,alignment,comment,text_form") fail("name,kind,alignment,comment,text_form expected")
	next
}
{
	if ((n = cut($0)) != 5) fail(n " fields, 5 expected")
	if (!(field[2] in schema)) fail("value, config, state or key expected")
	type = field[1]
	self = schema[field[2]] type
	declare_type(field[2], field[3], field[4], field[5])
	if (field[2] != "state") declare_order(field[2])
	if (field[2] == "config") {
		declare_cast("text")
		declare_cast("character varying")
	}
}

/*
 * type.h: what every type of the extension has in common.
 *
 * A type is declared in two places: a line of type.csv, from which make writes
 * its SQL, and one of the two macros at the end of this file, which make the
 * functions in C that the SQL names.
 */
#ifndef DUNNING_TYPE_H
#define DUNNING_TYPE_H

#include "shell.h"

typedef struct DunningType
{
	const char *name;

	/* Makes a value of a text.  0 if the mistake went to the soft error context. */
	Datum		(*parse) (const char *text, size_t len, struct Node *escontext);

	/* Writes the text of a value, palloc'd and terminated; parse makes an equal value of it. */
	char	   *(*print) (Datum value);

	/*
	 * Brings a value to a form in which equal values have the same bytes and
	 * the same text.  NULL if every stored value has this form.
	 */
	Datum		(*canonical) (Datum value);
} DunningType;

extern Datum dunning_type_in(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_out(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_recv(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_send(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_eq(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_ne(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_lt(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_le(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_ge(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_gt(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_cmp(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_hash(FunctionCallInfo fcinfo, const DunningType *type);
extern Datum dunning_type_hash_extended(FunctionCallInfo fcinfo, const DunningType *type);

typedef struct DunningKept DunningKept;

extern DunningKept *dunning_keep_texts(MemoryContext where);
extern Datum dunning_kept_value(DunningKept *kept, const text *given, Datum (*parse) (const char *text, size_t len, struct Node *escontext));
extern Datum dunning_with_text(FunctionCallInfo fcinfo, int arg, const DunningType *type, PGFunction function);

/* The same function with the text of a value in the place of the value. */
#define DUNNING_TEXT_FUNCTION(type, function, arg) \
	PG_FUNCTION_INFO_V1(function##_text); \
	Datum function##_text(PG_FUNCTION_ARGS) \
	{ \
		return dunning_with_text(fcinfo, arg, &type##_type, function); \
	} \
	extern int no_such_variable

#define DUNNING_TYPE_FUNCTION(type, what) \
	PG_FUNCTION_INFO_V1(dunning_##type##_##what); \
	Datum dunning_##type##_##what(PG_FUNCTION_ARGS) \
	{ \
		return dunning_type_##what(fcinfo, &type##_type); \
	} \
	extern int no_such_variable	/* takes the semicolon, as in PG_FUNCTION_INFO_V1 */

/* A state of an aggregate can only be read and written. */
#define DUNNING_STATE_TYPE(type, parse, print) \
	DUNNING_TYPE_WITH(type, parse, print, NULL)

/* A value can also be compared, sorted and hashed. */
#define DUNNING_VALUE_TYPE(type, parse, print, canonical) \
	DUNNING_TYPE_WITH(type, parse, print, canonical); \
	DUNNING_TYPE_FUNCTION(type, eq); \
	DUNNING_TYPE_FUNCTION(type, ne); \
	DUNNING_TYPE_FUNCTION(type, lt); \
	DUNNING_TYPE_FUNCTION(type, le); \
	DUNNING_TYPE_FUNCTION(type, ge); \
	DUNNING_TYPE_FUNCTION(type, gt); \
	DUNNING_TYPE_FUNCTION(type, cmp); \
	DUNNING_TYPE_FUNCTION(type, hash); \
	DUNNING_TYPE_FUNCTION(type, hash_extended)

#define DUNNING_TYPE_WITH(type, parse, print, canonical) \
	static const DunningType type##_type = {#type, parse, print, canonical}; \
	DUNNING_TYPE_FUNCTION(type, in); \
	DUNNING_TYPE_FUNCTION(type, out); \
	DUNNING_TYPE_FUNCTION(type, recv); \
	DUNNING_TYPE_FUNCTION(type, send)

#endif

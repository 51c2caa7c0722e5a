/* aging/scheme.c: the type dunning.aging_scheme, and the bucket of an item */
#include "aging/scheme.h"

#include "funcapi.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(dunning_aging_scheme_in);
PG_FUNCTION_INFO_V1(dunning_aging_scheme_out);
PG_FUNCTION_INFO_V1(dunning_aging_scheme_recv);
PG_FUNCTION_INFO_V1(dunning_aging_scheme_send);
PG_FUNCTION_INFO_V1(dunning_aging_scheme_lt);
PG_FUNCTION_INFO_V1(dunning_aging_scheme_le);
PG_FUNCTION_INFO_V1(dunning_aging_scheme_ge);
PG_FUNCTION_INFO_V1(dunning_aging_scheme_gt);
PG_FUNCTION_INFO_V1(dunning_aging_scheme_cmp);
PG_FUNCTION_INFO_V1(dunning_aging_buckets);
PG_FUNCTION_INFO_V1(dunning_aging_bucket);
PG_FUNCTION_INFO_V1(dunning_aging_label);
PG_FUNCTION_INFO_V1(dunning_aging_bucket_label);

#define GETARG_SCHEME(n) dunning_get_scheme(PG_GETARG_DATUM(n))

/*
 * The scheme in a payload, which is aligned for an int32.  Data corrupted if
 * it is none, or one of a later version.
 */
const DnAging *
dunning_scheme_body(const char *payload, Size len)
{
	const DnAging *a = (const DnAging *) (payload + DUNNING_SCHEME_HEAD);

	if (len < DUNNING_SCHEME_HEAD ||
		payload[offsetof(DunningValue, version) - VARHDRSZ] != DUNNING_VALUE_VERSION ||
		payload[offsetof(DunningValue, reserved) - VARHDRSZ] != 0 ||
		!dn_aging_valid(a, len - DUNNING_SCHEME_HEAD))
		dunning_bad_value(DUNNING_SCHEME_TYPE);
	return a;
}

struct varlena *
dunning_make_scheme(const DnAging *aging)
{
	Size		body = dn_aging_size(aging);
	Size		size = sizeof(DunningValue) + body;
	DunningValue *value = palloc0(size);

	SET_VARSIZE(value, size);
	value->version = DUNNING_VALUE_VERSION;
	memcpy(value + 1, aging, body);
	return (struct varlena *) value;
}

/* A scheme that came as an argument, checked. */
const DnAging *
dunning_get_scheme(Datum d)
{
	struct varlena *value = PG_DETOAST_DATUM(d);

	return dunning_scheme_body(VARDATA(value), VARSIZE(value) - VARHDRSZ);
}

/* NULL if the mistake went to a soft error context. */
static struct varlena *
parse(const char *text, Size len, struct Node *escontext)
{
	DnScan		scan;
	DnAgingRoom room;

	dn_scan_init(&scan, text, len);
	if (!dn_aging_parse(&scan, &room))
	{
		dunning_parse_error(escontext, DUNNING_SCHEME_TYPE, text, len, &scan.err);
		return NULL;
	}
	return dunning_make_scheme(&room.scheme);
}

Datum
dunning_aging_scheme_in(PG_FUNCTION_ARGS)
{
	char	   *text = PG_GETARG_CSTRING(0);

	PG_RETURN_POINTER(parse(text, strlen(text), fcinfo->context));
}

Datum
dunning_aging_scheme_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(dunning_print(dn_aging_print, GETARG_SCHEME(0)));
}

Datum
dunning_aging_scheme_recv(PG_FUNCTION_ARGS)
{
	int			len;
	char	   *text = dunning_recv_text((StringInfo) PG_GETARG_POINTER(0),
										 DUNNING_SCHEME_TYPE, &len);

	PG_RETURN_POINTER(parse(text, len, NULL));
}

Datum
dunning_aging_scheme_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(dunning_send_text(dunning_print(dn_aging_print, GETARG_SCHEME(0))));
}

static int
compare(FunctionCallInfo fcinfo)
{
	return dn_aging_cmp(GETARG_SCHEME(0), GETARG_SCHEME(1));
}

Datum
dunning_aging_scheme_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) < 0);
}

Datum
dunning_aging_scheme_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) <= 0);
}

Datum
dunning_aging_scheme_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) >= 0);
}

Datum
dunning_aging_scheme_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) > 0);
}

Datum
dunning_aging_scheme_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

/* The label of a bucket that the scheme has. */
text *
dunning_scheme_label(const DnAging *a, int bucket)
{
	char		buf[DN_AGING_MAX_LABEL];
	DnOut		out = {buf, sizeof(buf), 0};

	dn_aging_put_label(&out, a, bucket);
	return cstring_to_text_with_len(buf, (int) out.len);
}

/* aging_buckets(aging_scheme): the ranges, NULL where one is open */
Datum
dunning_aging_buckets(PG_FUNCTION_ARGS)
{
	const DnAging *a = GETARG_SCHEME(0);
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < a->count; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false, false, false, false};

		nulls[2] = i == 0;
		nulls[3] = i == a->count - 1;
		values[0] = Int32GetDatum(i);
		values[1] = PointerGetDatum(dunning_scheme_label(a, i));
		values[2] = Int32GetDatum(nulls[2] ? 0 : a->last[i - 1] + 1);
		values[3] = Int32GetDatum(nulls[3] ? 0 : a->last[i]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static int
item_bucket(FunctionCallInfo fcinfo, const DnAging *a)
{
	return dn_aging_bucket(a, dn_aging_days(PG_GETARG_DATEADT(0), PG_GETARG_DATEADT(1)));
}

/* aging_bucket(due_on date, as_of date, aging_scheme) */
Datum
dunning_aging_bucket(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(item_bucket(fcinfo, GETARG_SCHEME(2)));
}

/* aging_label(due_on date, as_of date, aging_scheme) */
Datum
dunning_aging_label(PG_FUNCTION_ARGS)
{
	const DnAging *a = GETARG_SCHEME(2);

	PG_RETURN_TEXT_P(dunning_scheme_label(a, item_bucket(fcinfo, a)));
}

/* aging_label(aging_scheme, bucket integer): NULL for a bucket that it has not */
Datum
dunning_aging_bucket_label(PG_FUNCTION_ARGS)
{
	const DnAging *a = GETARG_SCHEME(0);
	int32		bucket = PG_GETARG_INT32(1);

	if (bucket < 0 || bucket >= a->count)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(dunning_scheme_label(a, bucket));
}

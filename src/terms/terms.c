/*
 * terms/terms.c: payment terms as SQL values; due dates, instalments and
 * early-payment discounts.
 */
#include "terms/terms.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "number.h"
#include "terms/calendar.h"
#include "utils/builtins.h"
#include "utils/datum.h"

PG_FUNCTION_INFO_V1(dunning_try_terms);
PG_FUNCTION_INFO_V1(dunning_terms_problem);
PG_FUNCTION_INFO_V1(dunning_terms_parts);
PG_FUNCTION_INFO_V1(dunning_terms_discounts);
PG_FUNCTION_INFO_V1(dunning_terms_options);
PG_FUNCTION_INFO_V1(dunning_terms_form);
PG_FUNCTION_INFO_V1(dunning_describe_terms);
PG_FUNCTION_INFO_V1(dunning_due_date);
PG_FUNCTION_INFO_V1(dunning_instalments);
PG_FUNCTION_INFO_V1(dunning_discount);
PG_FUNCTION_INFO_V1(dunning_discount_offers);
PG_FUNCTION_INFO_V1(dunning_annualised_cost);

#define TERMS_TYPE "payment_terms"

#define AMOUNT_DECIMALS_MAX 10	/* that amounts can be rounded to */
#define AMOUNT_DECIMALS_DEFAULT 2
#define FORM_MAX 1000			/* bytes of a form of other systems */

typedef struct StoredTerms
{
	DunningValue head;
	uint8		n_parts;
	uint8		n_discounts;
	uint16		n_moves;
	uint8		shift;
	uint8		tax;
	uint8		zero[4];
	DnPart		part[FLEXIBLE_ARRAY_MEMBER];	/* then discounts, then moves */
} StoredTerms;

#define STORED_SIZE(p, d, m) \
	(offsetof(StoredTerms, part) + (Size) (p) * sizeof(DnPart) + \
	 (Size) (d) * sizeof(DnDiscount) + (Size) (m) * sizeof(DnMove))

/* Room for a value that was stored with a short header, made aligned. */
typedef union TermsBuffer
{
	int64		align;
	char		bytes[VARATT_SHORT_MAX + VARHDRSZ];
} TermsBuffer;

/* Points core terms at the bytes of an aligned value, after checking them. */
static void
read_terms(const StoredTerms *v, DnTerms *t)
{
	dunning_check_value(v, STORED_SIZE(0, 0, 0), TERMS_TYPE);
	t->n_parts = v->n_parts;
	t->n_discounts = v->n_discounts;
	t->n_moves = v->n_moves;
	t->shift = (DnShift) v->shift;
	t->tax = (DnTax) v->tax;
	t->part = v->part;
	t->discount = (const DnDiscount *) (v->part + v->n_parts);
	t->move = (const DnMove *) (t->discount + v->n_discounts);
	if (VARSIZE(v) != STORED_SIZE(v->n_parts, v->n_discounts, v->n_moves) || !dn_terms_valid(t))
		dunning_bad_value(TERMS_TYPE);
}

/* Copies a small value, with a long header. */
static void
copy_terms(const struct varlena *v, TermsBuffer *buffer)
{
	Size		len = VARSIZE_ANY_EXHDR(v);

	SET_VARSIZE(buffer->bytes, len + VARHDRSZ);
	memcpy(VARDATA(buffer->bytes), VARDATA_ANY(v), len);
}

/*
 * The terms of a value.  A small value from a table is copied into the buffer,
 * which costs no allocation.
 */
static void
get_terms(Datum datum, TermsBuffer *buffer, DnTerms *t)
{
	const struct varlena *v = PG_DETOAST_DATUM_PACKED(datum);

	if (VARATT_IS_SHORT(v))
	{
		copy_terms(v, buffer);
		v = (const struct varlena *) buffer->bytes;
	}
	read_terms((const StoredTerms *) v, t);
}

static Datum
store_terms(const DnTerms *t)
{
	Size		size = STORED_SIZE(t->n_parts, t->n_discounts, t->n_moves);
	StoredTerms *v = palloc0(size);
	DnDiscount *discount;

	SET_VARSIZE(v, size);
	v->head.version = DUNNING_VALUE_VERSION;
	v->n_parts = (uint8) t->n_parts;
	v->n_discounts = (uint8) t->n_discounts;
	v->n_moves = (uint16) t->n_moves;
	v->shift = (uint8) t->shift;
	v->tax = (uint8) t->tax;
	discount = (DnDiscount *) (v->part + t->n_parts);
	memcpy(v->part, t->part, t->n_parts * sizeof(DnPart));
	memcpy(discount, t->discount, t->n_discounts * sizeof(DnDiscount));
	memcpy(discount + t->n_discounts, t->move, t->n_moves * sizeof(DnMove));
	return PointerGetDatum(v);
}

static Datum
parse_terms(const char *text, size_t len, struct Node *escontext)
{
	DnTermsRoom room;
	DnTerms		t;
	DnError		err;

	if (dn_parse_terms(text, len, &room, &t, &err))
		return store_terms(&t);
	dunning_parse_error(escontext, TERMS_TYPE, text, len, &err);
	return (Datum) 0;
}

static char *
terms_text(Datum datum)
{
	TermsBuffer buffer;
	DnTerms		t;

	get_terms(datum, &buffer, &t);
	return dunning_print(dn_print_terms, &t);
}

DUNNING_VALUE_TYPE(payment_terms, parse_terms, terms_text, NULL);

/* The terms of a text, 0 for one that is none. */
static Datum
try_parse(const char *text, size_t len, struct Node *escontext pg_attribute_unused())
{
	DnTermsRoom room;
	DnTerms		t;
	DnError		err;

	return dn_parse_terms(text, len, &room, &t, &err) ? store_terms(&t) : (Datum) 0;
}

/* try_terms(text): the terms, NULL for a text that is none */
Datum
dunning_try_terms(PG_FUNCTION_ARGS)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	Datum		value;

	if (flinfo->fn_extra == NULL)
		flinfo->fn_extra = dunning_keep_texts(flinfo->fn_mcxt);
	value = dunning_kept_value(flinfo->fn_extra, PG_GETARG_TEXT_PP(0), try_parse);
	if (DatumGetPointer(value) == NULL)
		PG_RETURN_NULL();
	return datumCopy(value, false, -1);
}

/* terms_problem(text): why and where a text is no terms, NULL for terms */
Datum
dunning_terms_problem(PG_FUNCTION_ARGS)
{
	text	   *given = PG_GETARG_TEXT_PP(0);
	const char *text = VARDATA_ANY(given);
	DnTermsRoom room;
	DnTerms		t;
	DnError		err;

	if (dn_parse_terms(text, VARSIZE_ANY_EXHDR(given), &room, &t, &err))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("at character %d: %s", pg_mbstrlen_with_len(text, (int) err.at) + 1, err.what)));
}

static Datum
rule_datum(const DnTerms *t, uint16 first, uint8 n)
{
	DnRuleOf	rule = {t, first, n};

	return CStringGetTextDatum(dunning_print(dn_print_rule_of, &rule));
}

/* terms_parts(terms): one row a part */
Datum
dunning_terms_parts(PG_FUNCTION_ARGS)
{
	static const char *const share[] = {"percent", "percent of remainder", "amount", "balance", "fraction"};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TermsBuffer buffer;
	DnTerms		t;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	get_terms(PG_GETARG_DATUM(0), &buffer, &t);
	for (i = 0; i < t.n_parts; i++)
	{
		const DnPart *p = &t.part[i];
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = CStringGetTextDatum(share[p->share]);
		nulls[2] = p->share == DN_SHARE_AMOUNT || p->share == DN_SHARE_BALANCE;
		values[2] = NumericGetDatum(dunning_short_numeric(p->share == DN_SHARE_FRACTION ? dn_fraction_percent(p->value) : p->value,
														  DN_PERCENT_SCALE));
		nulls[3] = p->share != DN_SHARE_AMOUNT;
		values[3] = NumericGetDatum(dunning_short_numeric(p->value, DN_FEE_SCALE));
		nulls[4] = p->currency[0] == '\0';
		values[4] = CStringGetTextDatum(p->currency);
		values[5] = rule_datum(&t, p->first, p->n);
		nulls[6] = p->share != DN_SHARE_FRACTION;
		if (!nulls[6])
			values[6] = CStringGetTextDatum(psprintf("%d/%d", (int) (p->value / DN_FRACTION_UNIT), (int) (p->value % DN_FRACTION_UNIT)));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* terms_discounts(terms): one row an early-payment discount */
Datum
dunning_terms_discounts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	TermsBuffer buffer;
	DnTerms		t;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	get_terms(PG_GETARG_DATUM(0), &buffer, &t);
	for (i = 0; i < t.n_discounts; i++)
	{
		const DnDiscount *d = &t.discount[i];
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = NumericGetDatum(dunning_short_numeric(d->percent, DN_PERCENT_SCALE));
		values[2] = rule_datum(&t, d->first, d->n);
		nulls[3] = !d->has_base;
		values[3] = NumericGetDatum(dunning_short_numeric(d->base, DN_FEE_SCALE));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* terms_options(terms): the shift to business days and what happens to the tax */
Datum
dunning_terms_options(PG_FUNCTION_ARGS)
{
	static const char *const shift[] = {"none", "following", "preceding", "modified following"};
	static const char *const tax[] = {"on early payment", "always", "never"};
	TupleDesc	desc = dunning_result_desc(fcinfo);
	TermsBuffer buffer;
	DnTerms		t;
	Datum		values[2];
	bool		nulls[2] = {false};

	get_terms(PG_GETARG_DATUM(0), &buffer, &t);
	values[0] = CStringGetTextDatum(shift[t.shift]);
	values[1] = CStringGetTextDatum(tax[t.tax]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(desc, values, nulls)));
}

/* terms_form(terms, form): as other systems write them; NULL if they cannot */
Datum
dunning_terms_form(PG_FUNCTION_ARGS)
{
	char	   *form = text_to_cstring(PG_GETARG_TEXT_PP(1));
	TermsBuffer buffer;
	DnTerms		t;
	DnOut		out = {NULL, FORM_MAX, 0};
	bool		said;

	get_terms(PG_GETARG_DATUM(0), &buffer, &t);
	out.buf = palloc(out.cap);
	if (strcmp(form, "short") == 0)
		said = dn_print_short(&out, &t);
	else if (strcmp(form, "xrechnung") == 0)
		said = dn_print_xrechnung(&out, &t);
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown form of payment terms: \"%s\"", form),
				 errhint("Use short or xrechnung.")));
	if (!said)
		PG_RETURN_NULL();
	if (out.len > out.cap)
		elog(ERROR, "form of payment terms is longer than %d bytes", FORM_MAX);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.buf, (int) out.len));
}

/* describe(terms, language): the terms for people, in the database's encoding */
Datum
dunning_describe_terms(PG_FUNCTION_ARGS)
{
	TermsBuffer buffer;
	DnTerms		t;
	DnDescribed described = {&t, DN_LANGUAGE_EN};
	char	   *words;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	get_terms(PG_GETARG_DATUM(0), &buffer, &t);
	if (!PG_ARGISNULL(1))
		described.language = dunning_language_arg(fcinfo, 1);
	words = dunning_print(dn_describe_terms, &described);
	PG_RETURN_TEXT_P(cstring_to_text(pg_any_to_server(words, (int) strlen(words), PG_UTF8)));
}

/* The calendar where none is given. */
static const DnCalendar weekends = {.weekend = DN_WEEKEND_DEFAULT};

/* The calendar argument, read only if the terms ask for business days. */
static const DnCalendar *
calendar_for(const DnTerms *t, FunctionCallInfo fcinfo, int arg, DnCalendar *c)
{
	if (!dn_uses_calendar(t))
		return NULL;
	dunning_calendar_arg(fcinfo, arg, c);
	return c;
}

/*
 * The terms of the last call at a call site: nearly always those of this one
 * too.  They are known by their bytes, which are compared before they are used
 * again; terms that do not fit are read anew each time.
 */
typedef struct TermsCache
{
	DnTerms		t;
	Size		len;			/* without the header; 0: nothing is cached */
	TermsBuffer buffer;			/* where t points to */
} TermsCache;

static const DnTerms *
cached_terms(FunctionCallInfo fcinfo, int arg, TermsBuffer *buffer, DnTerms *t)
{
	Datum		datum = PG_GETARG_DATUM(arg);
	const struct varlena *v = (const struct varlena *) DatumGetPointer(datum);
	TermsCache *cache = fcinfo->flinfo->fn_extra;
	Size		len;

	if (VARATT_IS_EXTERNAL(v) || VARATT_IS_COMPRESSED(v) || VARSIZE_ANY_EXHDR(v) > sizeof(cache->buffer.bytes) - VARHDRSZ)
	{
		get_terms(datum, buffer, t);
		return t;
	}
	len = VARSIZE_ANY_EXHDR(v);
	if (cache != NULL && cache->len == len && memcmp(VARDATA(cache->buffer.bytes), VARDATA_ANY(v), len) == 0)
		return &cache->t;

	if (cache == NULL)
		cache = fcinfo->flinfo->fn_extra =
			MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(TermsCache));
	cache->len = 0;
	copy_terms(v, &cache->buffer);
	read_terms((const StoredTerms *) cache->buffer.bytes, &cache->t);
	cache->len = len;
	return &cache->t;
}

/* due_date(issued_on, terms, calendar): the day on which the last part is due */
Datum
dunning_due_date(PG_FUNCTION_ARGS)
{
	TermsBuffer buffer;
	DnTerms		uncached;
	const DnTerms *t;
	DnCalendar	c;
	DnDayStatus status;
	int32		day;

	if (dunning_null_among(fcinfo, 2))
		PG_RETURN_NULL();
	t = cached_terms(fcinfo, 1, &buffer, &uncached);
	status = dn_due_date(t, calendar_for(t, fcinfo, 2, &c), PG_GETARG_DATEADT(0), &day);
	if (unlikely(status != DN_DAY_FOUND))
		dunning_check_day(status);
	PG_RETURN_DATEADT(day);
}

static DateADT
rule_day(const DnTerms *t, uint16 first, uint8 n, const DnCalendar *c, DateADT issued_on)
{
	int32		day;

	dunning_check_day(dn_rule_day(t, first, n, c, issued_on, &day));
	return day;
}

/* How many decimals an optional argument says; NULL: two */
int
dunning_decimals_arg(FunctionCallInfo fcinfo, int arg)
{
	int32		decimals = PG_ARGISNULL(arg) ? AMOUNT_DECIMALS_DEFAULT : PG_GETARG_INT32(arg);

	if (decimals < 0 || decimals > AMOUNT_DECIMALS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("decimals out of range: %d", decimals),
				 errdetail("Amounts are rounded to 0 to %d decimals.", AMOUNT_DECIMALS_MAX)));
	return decimals;
}

static Numeric
check_amount(Numeric amount)
{
	if (numeric_is_nan(amount) || numeric_is_inf(amount))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("amount must be neither NaN nor infinite")));
	return amount;
}

/* Ten-thousandths with at least "least" decimals, and more where it has more. */
static Numeric
units_numeric(int64 units, int least)
{
	int64		step = 1;
	int			scale;

	for (scale = DN_SPLIT_DECIMALS_MAX; scale > least && units % (step * 10) == 0; scale--)
		step *= 10;
	return dunning_money_numeric(units, scale);
}

static Numeric
subtract(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
multiply(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_mul, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
divide(Numeric a, Numeric b)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_div, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
round_to(Numeric a, int decimals)
{
	return DatumGetNumeric(DirectFunctionCall2(numeric_round, NumericGetDatum(a), Int32GetDatum(decimals)));
}

static int
compare(Numeric a, Numeric b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(a), NumericGetDatum(b)));
}

/* A percentage of any amount, rounded half away from zero. */
static Numeric
percent_numeric(Numeric amount, int64 percent, int decimals)
{
	return round_to(multiply(amount, int64_div_fast_to_numeric(percent, DN_PERCENT_SCALE + 2)), decimals);
}

/* As dn_split, for the amounts that do not fit it. */
static void
split_numeric(const DnTerms *t, Numeric amount, int decimals, Numeric *parts)
{
	Numeric		rest = amount;
	bool		negative = compare(amount, int64_to_numeric(0)) < 0;
	int			i;

	for (i = 0; i < t->n_parts - 1; i++)
	{
		const DnPart *p = &t->part[i];
		Numeric		v;
		int			over;

		if (p->share == DN_SHARE_AMOUNT)
			v = dunning_short_numeric(negative ? -p->value : p->value, DN_FEE_SCALE);
		else if (p->share == DN_SHARE_FRACTION)
			v = dunning_quotient(multiply(amount, int64_to_numeric(p->value / DN_FRACTION_UNIT)),
								 int64_to_numeric(p->value % DN_FRACTION_UNIT), decimals, false);
		else
			v = percent_numeric(p->share == DN_SHARE_PERCENT ? amount : rest, p->value, decimals);
		over = compare(v, rest);
		if (negative ? over < 0 : over > 0)
			v = rest;
		parts[i] = v;
		rest = subtract(rest, v);
	}
	parts[i] = rest;
}

/* The parts of an amount, through integers where they fit. */
static void
split(const DnTerms *t, struct varlena *amount, int decimals, Numeric *parts)
{
	int64		units[DN_PARTS_MAX];
	int64		whole;
	int			dscale;
	int			i;

	if (decimals > DN_SPLIT_DECIMALS_MAX || !dunning_money_read(amount, &whole, &dscale) ||
		!dn_split(t, whole, decimals, units))
	{
		split_numeric(t, check_amount(DatumGetNumeric(PointerGetDatum(amount))), decimals, parts);
		return;
	}
	for (i = 0; i < t->n_parts; i++)
		parts[i] = units_numeric(units[i], Max(decimals, dscale));
}

/*
 * The parts of a finite amount as instalments() gives them without a calendar;
 * tells how many there are, at most DN_PARTS_MAX.
 */
int
dunning_read_instalments(Datum terms, DateADT issued_on, Datum amount, int decimals, DateADT *due_on, Numeric *part)
{
	TermsBuffer buffer;
	DnTerms		t;
	int			i;

	get_terms(terms, &buffer, &t);
	split(&t, PG_DETOAST_DATUM_PACKED(amount), decimals, part);
	for (i = 0; i < t.n_parts; i++)
		due_on[i] = rule_day(&t, t.part[i].first, t.part[i].n, &weekends, issued_on);
	return t.n_parts;
}

/* instalments(issued_on, amount, terms, calendar, decimals): one row a part */
Datum
dunning_instalments(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	struct varlena *amount;
	int			decimals;
	TermsBuffer buffer;
	DnTerms		t;
	DnCalendar	calendar;
	const DnCalendar *c;
	Numeric		parts[DN_PARTS_MAX];
	int64		share[DN_PARTS_MAX];
	bool		shares;
	bool		zero;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	if (dunning_null_among(fcinfo, 3))
		return (Datum) 0;
	amount = PG_GETARG_VARLENA_PP(1);
	decimals = dunning_decimals_arg(fcinfo, 4);
	get_terms(PG_GETARG_DATUM(2), &buffer, &t);
	c = calendar_for(&t, fcinfo, 3, &calendar);
	split(&t, amount, decimals, parts);
	shares = dn_shares(&t, share);
	zero = compare(DatumGetNumeric(PointerGetDatum(amount)), int64_to_numeric(0)) == 0;
	for (i = 0; i < t.n_parts; i++)
	{
		Datum		values[4];
		bool		nulls[4] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = DateADTGetDatum(rule_day(&t, t.part[i].first, t.part[i].n, c, PG_GETARG_DATEADT(0)));
		values[2] = NumericGetDatum(parts[i]);
		if (!shares && !zero)
			share[i] = DatumGetInt64(DirectFunctionCall1(numeric_int8,
														 NumericGetDatum(divide(multiply(parts[i], int64_to_numeric(DN_PERCENT_WHOLE)),
																				DatumGetNumeric(PointerGetDatum(amount))))));
		if (shares || !zero)
			values[3] = NumericGetDatum(dunning_short_numeric(share[i], DN_PERCENT_SCALE));
		nulls[3] = !shares && zero;
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The tax in an amount: none unless it is given. */
static Numeric
tax_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? int64_to_numeric(0) : PG_GETARG_NUMERIC(arg);
}

/*
 * The amount that discounts are percentages of: without tax where early
 * payment does not reduce the tax.
 */
static Numeric
discounted(const DnTerms *t, Numeric amount, Numeric tax)
{
	Numeric		zero = int64_to_numeric(0);
	bool		negative = compare(amount, zero) < 0;

	check_amount(amount);
	check_amount(tax);
	if (negative ? compare(tax, zero) > 0 || compare(tax, amount) < 0 : compare(tax, zero) < 0 || compare(tax, amount) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("tax must lie between zero and the amount")));
	return t->tax != DN_TAX_EARLY ? subtract(amount, tax) : amount;
}

/*
 * What a discount takes off.  The base that it names has the sign of the whole
 * and counts at most as the whole.
 */
static Numeric
discount_of(const DnDiscount *d, Numeric whole, int decimals)
{
	Numeric		base = whole;

	if (d->has_base)
	{
		bool		negative = compare(whole, int64_to_numeric(0)) < 0;
		int			over;

		base = dunning_short_numeric(negative ? -d->base : d->base, DN_FEE_SCALE);
		over = compare(base, whole);
		if (negative ? over < 0 : over > 0)
			base = whole;
	}
	return percent_numeric(base, d->percent, decimals);
}

/*
 * discount(issued_on, amount, paid_on, terms, tax, calendar, decimals): the
 * largest discount whose last day has not passed; 0 if there is none
 */
Datum
dunning_discount(PG_FUNCTION_ARGS)
{
	int			decimals;
	TermsBuffer buffer;
	DnTerms		t;
	DnCalendar	calendar;
	const DnCalendar *c;
	Numeric		whole;
	Numeric		best;
	bool		negative;
	int			i;

	if (dunning_null_among(fcinfo, 4))
		PG_RETURN_NULL();
	decimals = dunning_decimals_arg(fcinfo, 6);
	get_terms(PG_GETARG_DATUM(3), &buffer, &t);
	c = calendar_for(&t, fcinfo, 5, &calendar);
	whole = discounted(&t, PG_GETARG_NUMERIC(1), tax_arg(fcinfo, 4));
	best = round_to(int64_to_numeric(0), decimals);
	negative = compare(whole, best) < 0;
	for (i = 0; i < t.n_discounts; i++)
		if (PG_GETARG_DATEADT(2) <= rule_day(&t, t.discount[i].first, t.discount[i].n, c, PG_GETARG_DATEADT(0)))
		{
			Numeric		discount = discount_of(&t.discount[i], whole, decimals);
			int			order = compare(discount, best);

			if (negative ? order < 0 : order > 0)
				best = discount;
		}
	PG_RETURN_NUMERIC(best);
}

/* discount_offers(issued_on, amount, terms, tax, calendar, decimals): one row a discount */
Datum
dunning_discount_offers(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Numeric		amount;
	int			decimals;
	TermsBuffer buffer;
	DnTerms		t;
	DnCalendar	calendar;
	const DnCalendar *c;
	Numeric		whole;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	if (dunning_null_among(fcinfo, 3))
		return (Datum) 0;
	amount = PG_GETARG_NUMERIC(1);
	decimals = dunning_decimals_arg(fcinfo, 5);
	get_terms(PG_GETARG_DATUM(2), &buffer, &t);
	if (t.n_discounts == 0)
		return (Datum) 0;
	c = calendar_for(&t, fcinfo, 4, &calendar);
	whole = discounted(&t, amount, tax_arg(fcinfo, 3));
	for (i = 0; i < t.n_discounts; i++)
	{
		const DnDiscount *d = &t.discount[i];
		Numeric		discount = discount_of(d, whole, decimals);
		Datum		values[5];
		bool		nulls[5] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = NumericGetDatum(dunning_short_numeric(d->percent, DN_PERCENT_SCALE));
		values[2] = DateADTGetDatum(rule_day(&t, d->first, d->n, c, PG_GETARG_DATEADT(0)));
		values[3] = NumericGetDatum(discount);
		values[4] = NumericGetDatum(subtract(amount, discount));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The days of a rule: from the day of issue if it is known, otherwise only if they are always the same. */
static bool
days_of(const DnTerms *t, int first, int n, bool has_issue, DateADT issued_on, int64 *days)
{
	int32		day;

	if (!has_issue)
	{
		bool		plain = dn_plain_days(t, first, n, &day);

		*days = day;
		return plain;
	}
	dunning_check_day(dn_rule_day(t, first, n, &weekends, issued_on, &day));
	*days = (int64) day - issued_on;
	return dn_day_finite(day) && dn_day_finite(issued_on);
}

/*
 * annualised_cost(terms, issued_on, compounded): the yearly rate in percent
 * at which a customer borrows who lets the dearest discount pass; NULL where
 * there is none, where it has no price, or where it depends on what is not
 * known.
 */
Datum
dunning_annualised_cost(PG_FUNCTION_ARGS)
{
	bool		has_issue = !PG_ARGISNULL(1);
	DateADT		issued_on = has_issue ? PG_GETARG_DATEADT(1) : 0;
	TermsBuffer buffer;
	DnTerms		t;
	int64		share[DN_PARTS_MAX];
	int64		due = 0;		/* days to the due dates, weighted by 10^-6 percent */
	int64		days;
	Numeric		best = NULL;
	int			i;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	get_terms(PG_GETARG_DATUM(0), &buffer, &t);
	t.shift = DN_SHIFT_NONE;
	if (!dn_shares(&t, share))
		PG_RETURN_NULL();
	for (i = 0; i < t.n_parts; i++)
	{
		if (!days_of(&t, t.part[i].first, t.part[i].n, has_issue, issued_on, &days))
			PG_RETURN_NULL();
		due += share[i] * days;
	}
	for (i = 0; i < t.n_discounts; i++)
	{
		const DnDiscount *d = &t.discount[i];
		int64		left = DN_PERCENT_WHOLE - d->percent;
		int64		longer;
		Numeric		cost;

		/* what part of the whole a base is depends on the invoice */
		if (d->has_base || !days_of(&t, d->first, d->n, has_issue, issued_on, &days))
			PG_RETURN_NULL();
		longer = due - DN_PERCENT_WHOLE * days;
		if (longer <= 0)
			continue;
		if (!PG_ARGISNULL(2) && PG_GETARG_BOOL(2))
		{
			cost = DatumGetNumeric(DirectFunctionCall2(numeric_power,
													   NumericGetDatum(divide(int64_to_numeric(DN_PERCENT_WHOLE), int64_to_numeric(left))),
													   NumericGetDatum(divide(int64_to_numeric(365 * DN_PERCENT_WHOLE), int64_to_numeric(longer)))));
			cost = subtract(multiply(cost, int64_to_numeric(100)), int64_to_numeric(100));
		}
		else
			cost = divide(multiply(int64_to_numeric(d->percent * INT64CONST(36500)), int64_to_numeric(DN_PERCENT_WHOLE)),
						  multiply(int64_to_numeric(left), int64_to_numeric(longer)));
		if (best == NULL || compare(cost, best) > 0)
			best = cost;
	}
	if (best == NULL)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(round_to(best, 2));
}

/* The same functions with terms that are text. */
DUNNING_TEXT_FUNCTION(payment_terms, dunning_due_date, 1);
DUNNING_TEXT_FUNCTION(payment_terms, dunning_instalments, 2);
DUNNING_TEXT_FUNCTION(payment_terms, dunning_discount, 3);
DUNNING_TEXT_FUNCTION(payment_terms, dunning_discount_offers, 2);

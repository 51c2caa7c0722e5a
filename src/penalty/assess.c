/*
 * penalty/assess.c: interest, compensation and what is wrong with them in one
 * call, for lists of items that must survive each of their rows.
 */
#include "penalty/interest.h"

#include "access/htup_details.h"
#include "balance/history.h"
#include "funcapi.h"
#include "number.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(dunning_assess);

/* assess(open_amount, history, due_on, as_of, rule, professional, decimals, paused, currency) */
enum
{
	OPEN_AMOUNT, HISTORY, DUE_ON, AS_OF, RULE, PROFESSIONAL, DECIMALS, PAUSED, CURRENCY
};

/* Beyond this a product with rates and years of compounding may outgrow the numerics. */
#define AMOUNT_DIGITS "100000"

/*
 * What a call site keeps: its row type, and the rule of the last call, nearly
 * always that of this one too.  It is known by its bytes as they came, which may
 * be compressed, or a pointer to where it is stored.
 */
typedef struct Site
{
	TupleDesc	desc;
	struct varlena *given;		/* NULL: no rule yet */
	struct varlena *value;
	DnRule		rule;			/* points into the value */
} Site;

/* NULL in a number is NULL in the row. */
typedef struct Assessment
{
	Numeric		interest;
	Numeric		compensation;
	Numeric		fees;
	char	   *problem;
} Assessment;

static struct varlena *
copy_bytes(const struct varlena *v)
{
	struct varlena *copy = palloc(VARSIZE_ANY(v));

	memcpy(copy, v, VARSIZE_ANY(v));
	return copy;
}

static const DnRule *
site_rule(Site *site, FunctionCallInfo fcinfo)
{
	struct varlena *given = (struct varlena *) DatumGetPointer(PG_GETARG_DATUM(RULE));
	bool		in_memory = VARATT_IS_EXTERNAL(given) && !VARATT_IS_EXTERNAL_ONDISK(given);
	MemoryContext old;

	if (!in_memory && site->given != NULL && VARSIZE_ANY(given) == VARSIZE_ANY(site->given) &&
		memcmp(given, site->given, VARSIZE_ANY(given)) == 0)
		return &site->rule;
	if (site->given != NULL)
	{
		pfree(site->given);
		site->given = NULL;
	}
	if (site->value != NULL)
	{
		pfree(site->value);
		site->value = NULL;
	}
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	site->value = PG_DETOAST_DATUM_COPY(PointerGetDatum(given));
	dunning_read_rule(PointerGetDatum(site->value), &site->rule);
	if (!in_memory)
		site->given = copy_bytes(given);
	MemoryContextSwitchTo(old);
	return &site->rule;
}

static Site *
open_site(FunctionCallInfo fcinfo)
{
	Site	   *site = fcinfo->flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(Site));
		site->desc = dunning_find_result_desc(fcinfo);
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

/* Whether numerics can hold what an amount costs. */
static bool
is_countable(Numeric amount)
{
	Numeric		limit = DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum("1e" AMOUNT_DIGITS),
															ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));

	return !number_finite(amount) || number_cmp(number_abs(amount), limit) < 0;
}

static void
assess_amount(Assessment *a, const DnRule *own, const DnRule *rule, struct varlena *amount,
			  DateADT due_on, DateADT as_of, bool professional, const char *currency)
{
	int64		units;
	int			dscale;
	int64		sum;
	int32		missing = 0;
	bool		plain = dunning_money_read(amount, &units, &dscale);
	DnLate		late = dn_late(rule, due_on, as_of, &sum, &missing);

	if (late == DN_LATE_NOT)
		a->interest = dunning_scaled_numeric(0, rule->terms->decimals);
	else
		a->problem = dunning_late_problem(rule, late, missing);
	if (late != DN_LATE_NOT && !plain && !is_countable(DatumGetNumeric(PointerGetDatum(amount))))
	{
		if (a->problem == NULL)
			a->problem = pstrdup("the amount has more than " AMOUNT_DIGITS " digits");
		return;
	}
	a->compensation = dunning_amount_compensation(own, amount, late != DN_LATE_NOT, professional);
	if (!plain && !(dunning_is_plain(rule->terms) && rule->terms->n_fees == 0) &&
		!number_finite(DatumGetNumeric(PointerGetDatum(amount))))
	{
		if (late == DN_LATE_YES)
			a->problem = pstrdup("interest by this rule takes a finite amount");
		return;
	}
	/* nothing was paid, so that they need no rate */
	if (late == DN_LATE_NOT || late == DN_LATE_YES || late == DN_LATE_NO_RATE)
		a->fees = dunning_amount_fees(rule, amount, due_on, as_of, late != DN_LATE_NOT, professional, currency);
	if (late == DN_LATE_YES)
		a->interest = dunning_amount_interest(rule, amount, due_on, as_of, sum);
}

/* A gap in the rates matters only on a day that bears interest. */
static void
assess_history(Assessment *a, const DnRule *own, const DnRule *rule, Datum history,
			   DateADT due_on, DateADT as_of, bool professional, const DnHistory *paused, const char *currency)
{
	DunningDebt debt = {.rule = *rule, .due_on = due_on, .as_of = as_of, .professional = professional, .dated = true,
		.paused = paused, .currency = currency};
	DnLate		late = dn_lateness(rule, due_on, as_of);
	int32		missing = DN_DAY_NEVER;
	int32		late_on;
	DunningVisitor visitor = {.missing = &missing};
	int64		units;
	Numeric		v;

	if (late == DN_LATE_NOT)
	{
		a->interest = a->fees = dunning_scaled_numeric(0, rule->terms->decimals);
		a->compensation = dunning_least_numeric(0, DN_FEE_SCALE, 2);
		return;
	}
	dunning_read_history(history, &debt.history);
	dunning_undo_returns(&debt.history, as_of);
	a->compensation = dunning_compensation(own, dunning_late_measure(&debt, &late_on), professional);
	if (late != DN_LATE_YES)
	{
		a->problem = dunning_late_problem(rule, late, 0);
		return;
	}
	v = dunning_late_fees(&debt, true, &missing);
	if (missing == DN_DAY_NEVER)
		a->fees = v;
	if (paused == NULL && dn_history_interest(&debt.history, rule, due_on, as_of, &units, &missing) == DN_SUMMED)
		a->interest = dunning_charge(&debt, dunning_scaled_numeric(units, rule->terms->decimals));
	else
	{
		missing = DN_DAY_NEVER;
		v = dunning_accrue(&debt, true, &visitor);
		if (missing != DN_DAY_NEVER)
			a->problem = dunning_late_problem(rule, DN_LATE_NO_RATE, missing);
		else
			a->interest = dunning_charge(&debt, v);
	}
}

/* An amount that is open from its due date on, as a history; 0 if a history cannot hold it. */
static Datum
history_of(Numeric amount, DateADT due_on)
{
	char	   *text = dunning_number_text(amount);
	DnMovement	m = {.day = Max(due_on, DN_MOVEMENT_DAY_MIN)};
	int			dscale;
	DnScan		s;

	dn_scan_init(&s, text, strlen(text));
	if (!dn_movement_day_valid(m.day) || !number_finite(amount) || !dn_scan_amount(&s, &m, &dscale) || !dn_at_end(&s))
		return (Datum) 0;
	return dunning_make_history(&m, 1, dscale);
}

/* Whether the open amount is there and not above zero. */
static bool
nothing_open(FunctionCallInfo fcinfo)
{
	int64		units;
	int			dscale;

	if (PG_ARGISNULL(OPEN_AMOUNT))
		return false;
	if (dunning_money_read(PG_GETARG_VARLENA_PP(OPEN_AMOUNT), &units, &dscale))
		return units <= 0;
	return number_sign(PG_GETARG_NUMERIC(OPEN_AMOUNT)) <= 0;
}

/* A rule whose compensation is what the smallest debt owes by its scale. */
static void
least_of_scale(const DnRule *own, DnRule *least, DnClauses *terms, DnBand *band)
{
	*band = (DnBand) {.sum = own->band[0].has_sum ? own->band[0].sum : 0, .has_sum = 1};
	*terms = *own->terms;
	terms->n_bands = 1;
	*least = *own;
	least->terms = terms;
	least->band = band;
}

/* Whether a sum of the scale is finer than money with so many decimals. */
static bool
finer_sums(const DnRule *own, int decimals)
{
	const DnClauses *t = own->terms;
	int64		unit = 1;
	bool		finer;
	int			i;

	for (i = decimals; i < DN_FEE_SCALE; i++)
		unit *= 10;
	finer = t->comp_least % unit != 0 || t->comp_most % unit != 0;
	for (i = 0; i < t->n_bands; i++)
		finer = finer || own->band[i].sum % unit != 0;
	return finer;
}

/* What is not NULL of the item is assessed by a rule that is there. */
static void
assess(FunctionCallInfo fcinfo, const DnRule *own, Assessment *a)
{
	int32		decimals = PG_ARGISNULL(DECIMALS) ? DN_DECIMALS_DEFAULT : PG_GETARG_INT32(DECIMALS);
	bool		professional = PG_ARGISNULL(PROFESSIONAL) || PG_GETARG_BOOL(PROFESSIONAL);
	bool		scaled = own->terms->n_bands > 1 || (own->terms->n_bands == 1 && own->band[0].percent != 0);
	DnClauses	terms = *own->terms;
	bool		finer;
	bool		same;
	const char *currency;
	DnRule		rule = *own;
	DnClauses	least_terms;
	DnBand		least_band;
	DnRule		least;
	DnHistory	paused = {0};
	Datum		history = (Datum) 0;

	dunning_check_decimals(decimals);
	if (!terms.decimals_said)
		terms.decimals = (uint8) decimals;
	rule.terms = &terms;
	finer = finer_sums(own, terms.decimals);
	currency = (own->terms->n_fees == 0 && !scaled && !finer) || PG_ARGISNULL(CURRENCY) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(CURRENCY));
	same = currency != NULL && own->terms->n_bands > 0 && strcmp(currency, own->terms->currency) == 0;
	if (same)
		own = &rule;
	/* a debt in yen is not measured by a scale in euros: it owes the least of it */
	else if (scaled && currency != NULL)
	{
		least_of_scale(own, &least, &least_terms, &least_band);
		own = &least;
	}
	if (PG_ARGISNULL(DUE_ON) || PG_ARGISNULL(AS_OF))
		return;
	if (!PG_ARGISNULL(PAUSED))
		dunning_read_history(PG_GETARG_DATUM(PAUSED), &paused);
	if (!PG_ARGISNULL(HISTORY))
		history = PG_GETARG_DATUM(HISTORY);
	else if (paused.n > 0 && !PG_ARGISNULL(OPEN_AMOUNT))
		history = history_of(PG_GETARG_NUMERIC(OPEN_AMOUNT), PG_GETARG_DATEADT(DUE_ON));
	if (history != (Datum) 0)
		assess_history(a, own, &rule, history, PG_GETARG_DATEADT(DUE_ON), PG_GETARG_DATEADT(AS_OF), professional,
					   paused.n > 0 ? &paused : NULL, currency);
	else if (paused.n > 0)
		a->problem = pstrdup("a hold cannot be taken from the amount");
	else if (!PG_ARGISNULL(OPEN_AMOUNT))
		assess_amount(a, own, &rule, PG_GETARG_VARLENA_PP(OPEN_AMOUNT),
					  PG_GETARG_DATEADT(DUE_ON), PG_GETARG_DATEADT(AS_OF), professional, currency);
	/* what is asked for is money */
	if (finer && same && a->compensation != NULL)
		a->compensation = dunning_quotient(a->compensation, int64_to_numeric(1), terms.decimals, terms.half_even);
}

Datum
dunning_assess(PG_FUNCTION_ARGS)
{
	Site	   *site = open_site(fcinfo);
	const DnRule *rule = PG_ARGISNULL(RULE) ? NULL : site_rule(site, fcinfo);
	Assessment	a = {NULL, NULL, NULL, NULL};
	Datum		values[5] = {0};
	bool		nulls[5];

	if (rule == NULL || nothing_open(fcinfo))
		a.interest = a.compensation = a.fees = int64_to_numeric(0);
	else
		assess(fcinfo, rule, &a);
	nulls[0] = a.interest == NULL;
	values[0] = NumericGetDatum(a.interest);
	nulls[1] = a.compensation == NULL;
	values[1] = NumericGetDatum(a.compensation);
	nulls[2] = rule == NULL || rule->terms->n_bands == 0;
	if (!nulls[2])
		values[2] = CStringGetTextDatum(rule->terms->currency);
	nulls[3] = a.fees == NULL;
	values[3] = NumericGetDatum(a.fees);
	nulls[4] = a.problem == NULL;
	if (!nulls[4])
		values[4] = CStringGetTextDatum(a.problem);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(site->desc, values, nulls)));
}

/*
 * decide/history.c: the type dunning.dunning_history, the dated facts of the
 * process of one open item.
 */
#include "decide/history.h"

#include "type.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/date.h"

PG_FUNCTION_INFO_V1(dunning_dunning_history_add);
PG_FUNCTION_INFO_V1(dunning_join_facts);
PG_FUNCTION_INFO_V1(dunning_reminder_fact);
PG_FUNCTION_INFO_V1(dunning_hold_fact);
PG_FUNCTION_INFO_V1(dunning_handover_fact);
PG_FUNCTION_INFO_V1(dunning_reject_fact);
PG_FUNCTION_INFO_V1(dunning_facts);
PG_FUNCTION_INFO_V1(dunning_as_seen_on);

#define FACTS_TYPE "dunning_history"

typedef struct StoredFacts
{
	DunningValue head;
	uint8		zero[2];
	int32		n;
	DnFact		fact[FLEXIBLE_ARRAY_MEMBER];	/* then their names */
} StoredFacts;

#define STORED_SIZE(n, names_len) \
	(offsetof(StoredFacts, fact) + (Size) (n) * sizeof(DnFact) + (names_len))

/* Points core facts at the bytes of a stored value, after checking them. */
void
dunning_get_facts(Datum datum, DnFacts *facts)
{
	StoredFacts *v = (StoredFacts *) PG_DETOAST_DATUM(datum);

	dunning_check_value(v, offsetof(StoredFacts, fact), FACTS_TYPE);
	if (v->zero[0] != 0 || v->zero[1] != 0 || v->n < 0 || v->n > DN_FACTS_MAX || VARSIZE(v) < STORED_SIZE(v->n, 0))
		dunning_bad_value(FACTS_TYPE);
	facts->n = v->n;
	facts->fact = v->fact;
	facts->names = (const char *) (v->fact + v->n);
	facts->names_len = VARSIZE(v) - STORED_SIZE(v->n, 0);
	if (!dn_facts_valid(facts))
		dunning_bad_value(FACTS_TYPE);
}

/* The value of facts in their order, whose names stand in any. */
static Datum
store(DnFact *fact, int32 n, const char *names)
{
	Size		names_len = 0;
	StoredFacts *v;
	int			i;

	for (i = 0; i < n; i++)
		names_len += fact[i].name_len;
	v = palloc0(STORED_SIZE(n, names_len));
	SET_VARSIZE(v, STORED_SIZE(n, names_len));
	v->head.version = DUNNING_VALUE_VERSION;
	v->n = n;
	dn_fill_names(fact, n, names, (char *) (v->fact + n));
	memcpy(v->fact, fact, n * sizeof(DnFact));
	return PointerGetDatum(v);
}

static Datum
parse_facts(const char *text, size_t len, struct Node *escontext)
{
	DnFact	   *room = palloc(dn_facts_room(text, len) * sizeof(DnFact));
	char	   *names = palloc(len + 1);
	DnFacts		facts;
	DnError		err;

	if (!dn_parse_facts(text, len, room, names, &facts, &err))
	{
		dunning_parse_error(escontext, FACTS_TYPE, text, len, &err);
		return (Datum) 0;
	}
	return store(room, facts.n, names);
}

static char *
facts_text(Datum datum)
{
	DnFacts		facts;

	dunning_get_facts(datum, &facts);
	return dunning_print(dn_print_facts, &facts);
}

DUNNING_VALUE_TYPE(dunning_history, parse_facts, facts_text, NULL);

/* The facts of both; 0 if there are too many. */
static Datum
join(FunctionCallInfo fcinfo)
{
	DnFacts		a;
	DnFacts		b;
	DnFact	   *fact;
	char	   *names;
	int			i;

	dunning_get_facts(PG_GETARG_DATUM(0), &a);
	dunning_get_facts(PG_GETARG_DATUM(1), &b);
	if (a.n + b.n > DN_FACTS_MAX)
		return (Datum) 0;
	fact = palloc((a.n + b.n + 1) * sizeof(DnFact));
	names = palloc(a.names_len + b.names_len + 1);
	memcpy(fact, a.fact, a.n * sizeof(DnFact));
	memcpy(fact + a.n, b.fact, b.n * sizeof(DnFact));
	memcpy(names, a.names, a.names_len);
	memcpy(names + a.names_len, b.names, b.names_len);
	for (i = a.n; i < a.n + b.n; i++)
		fact[i].name += (uint32_t) a.names_len;
	dn_sort_facts(fact, a.n + b.n, names);
	return store(fact, a.n + b.n, names);
}

/* history + history: the facts of both */
Datum
dunning_dunning_history_add(PG_FUNCTION_ARGS)
{
	Datum		both = join(fcinfo);

	if (both == (Datum) 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many facts for type %s", FACTS_TYPE),
				 errdetail("An item has at most %d facts.", DN_FACTS_MAX)));
	PG_RETURN_DATUM(both);
}

/* join_facts(history, history): the facts of both, or a hold of all if there are too many */
Datum
dunning_join_facts(PG_FUNCTION_ARGS)
{
	static const char name[] = "too_many_facts";
	Datum		both = join(fcinfo);

	if (both == (Datum) 0)
	{
		DnFact		hold = {.kind = DN_FACT_HOLD, .name_len = sizeof(name) - 1, .on_day = DN_LITERAL_FIRST, .noted = DN_LITERAL_FIRST};

		hold.done_on = hold.ended_on = hold.done_noted = hold.ended_noted = DN_DAY_NEVER;
		both = store(&hold, 1, name);
	}
	PG_RETURN_DATUM(both);
}

static int32
day_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? DN_DAY_NEVER : PG_GETARG_DATEADT(arg);
}

static int32
noted_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? DN_DAY_EVER : PG_GETARG_DATEADT(arg);
}

/* Invalid parameter value unless the fact is one that a text could say. */
static Datum
one_fact(DnFact *fact, text *name)
{
	dn_note_fact(fact);
	fact->name_len = (uint8) Min(VARSIZE_ANY_EXHDR(name), DN_NAME_MAX + 1);
	if (!dn_name_valid(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is no name of a fact", text_to_cstring(name)),
				 errdetail("A name begins with a lower-case letter and has at most %d lower-case letters, digits and _.", DN_NAME_MAX)));
	if (fact->kind == DN_FACT_REMINDER && (fact->occurrence < 1 || fact->occurrence > DN_OCCURRENCE_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an occurrence is a number from 1 to %d, not %d", DN_OCCURRENCE_MAX, fact->occurrence)));
	if (!dn_fact_valid(fact))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the days of a fact are not in order"),
				 errdetail("The fact \"%s\" begins on %s.", text_to_cstring(name), dunning_day_text(fact->on_day))));
	return store(fact, 1, VARDATA_ANY(name));
}

static DnWhen
when_arg(text *arg)
{
	DnScan		s;
	DnWhen		when;

	dn_scan_init(&s, VARDATA_ANY(arg), VARSIZE_ANY_EXHDR(arg));
	if (!dn_scan_when(&s, DN_WHEN_DAYS_MAX, &when) || !dn_at_end(&s))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is no day of a step", text_to_cstring(arg)),
				 errhint("A day of a step is a number of days from the due date, or such as \"1 month\" and \"end of month + 5\".")));
	return when;
}

/*
 * reminder_fact(step, channel, occurrence, raised_on, sent_on, skipped_on,
 * cancelled_on, withdrawn, noted_on, done_noted_on, ended_noted_on): the last
 * seven may be NULL
 */
Datum
dunning_reminder_fact(PG_FUNCTION_ARGS)
{
	DnFact		fact = {0};

	if (dunning_null_among(fcinfo, 4))
		PG_RETURN_NULL();
	fact.kind = DN_FACT_REMINDER;
	fact.when = when_arg(PG_GETARG_TEXT_PP(0));
	fact.occurrence = PG_GETARG_INT32(2);
	fact.on_day = PG_GETARG_DATEADT(3);
	fact.how = !PG_ARGISNULL(4) ? DN_SENT : !PG_ARGISNULL(5) ? DN_SKIPPED : DN_PENDING;
	fact.done_on = day_arg(fcinfo, fact.how == DN_SKIPPED ? 5 : 4);
	fact.ended_on = day_arg(fcinfo, 6);
	fact.then = fact.ended_on != DN_DAY_NEVER && !PG_ARGISNULL(7) && PG_GETARG_BOOL(7);
	fact.noted = noted_arg(fcinfo, 8);
	fact.done_noted = noted_arg(fcinfo, 9);
	fact.ended_noted = noted_arg(fcinfo, 10);
	PG_RETURN_DATUM(one_fact(&fact, PG_GETARG_TEXT_PP(1)));
}

static const char *const stops_label[] = {"all", "automatic", "none"};
static const char *const then_label[] = {"continue", "wait", "restart"};

/* The place of a text among three; the first for NULL. */
static uint8
choice_arg(FunctionCallInfo fcinfo, int arg, const char *const label[3])
{
	char	   *word;
	uint8		i;

	if (PG_ARGISNULL(arg))
		return 0;
	word = text_to_cstring(PG_GETARG_TEXT_PP(arg));
	for (i = 0; i < 3; i++)
		if (strcmp(word, label[i]) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" is not known", word),
			 errhint("Known are \"%s\", \"%s\" and \"%s\".", label[0], label[1], label[2])));
}

/*
 * hold_fact(reason, from_day, until_day, released_on, stops, then_do, noted_on,
 * until_noted_on, released_noted_on): the last seven may be NULL
 */
Datum
dunning_hold_fact(PG_FUNCTION_ARGS)
{
	DnFact		fact = {0};

	if (dunning_null_among(fcinfo, 2))
		PG_RETURN_NULL();
	fact.kind = DN_FACT_HOLD;
	fact.on_day = PG_GETARG_DATEADT(1);
	fact.done_on = day_arg(fcinfo, 2);
	fact.ended_on = day_arg(fcinfo, 3);
	fact.how = choice_arg(fcinfo, 4, stops_label);
	fact.then = choice_arg(fcinfo, 5, then_label);
	fact.noted = noted_arg(fcinfo, 6);
	fact.done_noted = noted_arg(fcinfo, 7);
	fact.ended_noted = noted_arg(fcinfo, 8);
	PG_RETURN_DATUM(one_fact(&fact, PG_GETARG_TEXT_PP(0)));
}

/* handover_fact(receiver, on_day, ended_on, when the two days were noted): all after the second one may be NULL */
Datum
dunning_handover_fact(PG_FUNCTION_ARGS)
{
	DnFact		fact = {0};

	if (dunning_null_among(fcinfo, 2))
		PG_RETURN_NULL();
	fact.kind = DN_FACT_HANDOVER;
	fact.on_day = PG_GETARG_DATEADT(1);
	fact.done_on = DN_DAY_NEVER;
	fact.ended_on = day_arg(fcinfo, 2);
	fact.noted = noted_arg(fcinfo, 3);
	fact.done_noted = DN_DAY_EVER;
	fact.ended_noted = noted_arg(fcinfo, 4);
	PG_RETURN_DATUM(one_fact(&fact, PG_GETARG_TEXT_PP(0)));
}

/*
 * reject_fact(code, on_day): NULL if the day is.  The code is what a bank wrote: in
 * lower case, with _ for what no name has.
 */
Datum
dunning_reject_fact(PG_FUNCTION_ARGS)
{
	DnFact		fact = {0};
	char	   *code = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));
	StringInfoData name;

	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	initStringInfo(&name);
	for (; *code != '\0' && name.len < DN_NAME_MAX; code++)
	{
		char		c = pg_ascii_tolower((unsigned char) *code);
		bool		is_digit = c >= '0' && c <= '9';

		if (name.len == 0 && c == ' ')
			continue;
		if (name.len == 0 && is_digit)
			appendStringInfoChar(&name, '_');
		appendStringInfoChar(&name, is_digit || (c >= 'a' && c <= 'z') ? c : '_');
	}
	while (name.len > 0 && name.data[name.len - 1] == '_')
		name.data[--name.len] = '\0';
	fact.kind = DN_FACT_REJECT;
	fact.on_day = PG_GETARG_DATEADT(1);
	fact.done_on = fact.ended_on = DN_DAY_NEVER;
	fact.noted = fact.done_noted = fact.ended_noted = DN_DAY_EVER;
	PG_RETURN_DATUM(one_fact(&fact, cstring_to_text(name.len > 0 ? name.data : "unknown")));
}

/* as_seen_on(history, day): what was noted by a day */
Datum
dunning_as_seen_on(PG_FUNCTION_ARGS)
{
	DnFacts		facts;
	DnFacts		seen;
	DnFact	   *room;

	dunning_get_facts(PG_GETARG_DATUM(0), &facts);
	room = palloc((facts.n + 1) * sizeof(DnFact));
	dn_see_facts(&facts, PG_GETARG_DATEADT(1), room, &seen);
	dn_sort_facts(room, seen.n, facts.names);
	PG_RETURN_DATUM(store(room, seen.n, facts.names));
}

static void
day_column(int32 day, Datum *value, bool *null)
{
	*null = day == DN_DAY_NEVER;
	*value = DateADTGetDatum(day);
}

/* facts(history): one row a fact, in order */
Datum
dunning_facts(PG_FUNCTION_ARGS)
{
	static const char *const kind_label[] = {"reminder", "hold", "handover", "reject"};
	static const char *const how_label[] = {"pending", "sent", "skipped"};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DnFacts		facts;
	int			i;

	dunning_get_facts(PG_GETARG_DATUM(0), &facts);
	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < facts.n; i++)
	{
		const DnFact *f = &facts.fact[i];
		bool		reminder = f->kind == DN_FACT_REMINDER;
		bool		hold = f->kind == DN_FACT_HOLD;
		Datum		values[14] = {0};
		bool		nulls[14] = {false};

		values[0] = DateADTGetDatum(f->on_day);
		values[1] = CStringGetTextDatum(kind_label[f->kind]);
		values[2] = PointerGetDatum(cstring_to_text_with_len(dn_fact_name(&facts, f), f->name_len));
		nulls[3] = nulls[4] = nulls[5] = !reminder;
		if (reminder)
		{
			values[3] = CStringGetTextDatum(dunning_print(dn_print_when, &f->when));
			values[4] = Int32GetDatum(f->occurrence);
			values[5] = CStringGetTextDatum(how_label[f->how]);
		}
		day_column(f->done_on, &values[6], &nulls[6]);
		day_column(f->ended_on, &values[7], &nulls[7]);
		nulls[8] = !reminder || f->ended_on == DN_DAY_NEVER;
		values[8] = BoolGetDatum(f->then == 1);
		nulls[9] = nulls[10] = !hold;
		if (hold)
		{
			values[9] = CStringGetTextDatum(stops_label[f->how]);
			values[10] = CStringGetTextDatum(then_label[f->then]);
		}
		day_column(f->noted, &values[11], &nulls[11]);
		day_column(f->done_noted, &values[12], &nulls[12]);
		day_column(f->ended_noted, &values[13], &nulls[13]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* core/facts.c: see facts.h */
#include "facts.h"

#include <stdlib.h>
#include <string.h>

static const char *const fact_what = "reminder, hold, handover or reject was expected";
static const char *const name_what =
	"a name was expected, at most " DN_STR(DN_NAME_MAX) " letters, digits and _";
static const char *const occurrence_what =
	"a number from 2 to " DN_STR(DN_OCCURRENCE_MAX) " was expected";

static const char *const done_word[] = {NULL, "sent", "skipped"};
static const char *const stops_word[] = {"all", "automatic", "none"};
static const char *const then_word[] = {"continue", "wait", "restart"};

/* Room for that many facts is enough for a text. */
size_t
dn_facts_room(const char *text, size_t len)
{
	size_t		n = 1,
				i;

	for (i = 0; i < len; i++)
		n += text[i] == ';';
	return n < DN_FACTS_MAX ? n : DN_FACTS_MAX;
}

bool
dn_name_valid(const char *name, size_t len)
{
	size_t		i;

	if (len < 1 || len > DN_NAME_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') || name[i] == '_' || (i > 0 && name[i] >= '0' && name[i] <= '9')))
			return false;
	return true;
}

static bool
scan_name(DnScan *s, char *names, DnFacts *facts, DnFact *fact)
{
	const char *begin;
	DnWord		w;
	size_t		i;

	dn_space(s);
	begin = s->p;
	if (!dn_word(s, &w))
		return dn_fail(s, DN_SYNTAX, name_what);
	if (w.len > DN_NAME_MAX)
		return dn_fail_at(s, begin, DN_LIMIT, name_what);
	fact->name = (uint32_t) facts->names_len;
	fact->name_len = (uint8_t) w.len;
	for (i = 0; i < w.len; i++)
		names[facts->names_len++] = (char) (w.p[i] >= 'A' && w.p[i] <= 'Z' ? w.p[i] - 'A' + 'a' : w.p[i]);
	return true;
}

/* A day, and perhaps the day on which it was noted; DN_DAY_EVER if that is not said. */
static bool
scan_day(DnScan *s, int32_t *day, int32_t *noted)
{
	*noted = DN_DAY_EVER;
	return dn_date(s, day) && (!dn_keyword(s, "noted") || dn_date(s, noted));
}

/* A keyword and a day, or neither; found tells which. */
static bool
scan_day_after(DnScan *s, const char *keyword, int32_t *day, int32_t *noted, bool *found)
{
	*found = dn_keyword(s, keyword);
	return !*found || scan_day(s, day, noted);
}

static bool
scan_needed_day(DnScan *s, const char *keyword, int32_t *day, int32_t *noted)
{
	if (!dn_keyword(s, keyword))
		return dn_fail(s, DN_SYNTAX, keyword[0] == 'r' ? "\"raised\" and a day were expected" :
					   keyword[0] == 'f' ? "\"from\" and a day were expected" : "\"on\" and a day were expected");
	return scan_day(s, day, noted);
}

/* One of three words after a keyword, or nothing. */
static bool
scan_choice(DnScan *s, const char *keyword, const char *const word[3], uint8_t *choice, const char *what)
{
	int			i;

	if (!dn_keyword(s, keyword))
		return true;
	for (i = 0; i < 3; i++)
		if (dn_keyword(s, word[i]))
		{
			*choice = (uint8_t) i;
			return true;
		}
	return dn_fail(s, DN_SYNTAX, what);
}

static bool
scan_reminder(DnScan *s, char *names, DnFacts *facts, DnFact *fact)
{
	bool		found;

	fact->kind = DN_FACT_REMINDER;
	fact->occurrence = 1;
	if (!dn_scan_when(s, DN_WHEN_DAYS_MAX, &fact->when) || !scan_name(s, names, facts, fact))
		return false;
	if (dn_keyword(s, "time") && !dn_int(s, 2, DN_OCCURRENCE_MAX, &fact->occurrence, occurrence_what))
		return false;
	if (!scan_needed_day(s, "raised", &fact->on_day, &fact->noted) || !scan_day_after(s, "sent", &fact->done_on, &fact->done_noted, &found))
		return false;
	if (found)
		fact->how = DN_SENT;
	else
	{
		if (!scan_day_after(s, "skipped", &fact->done_on, &fact->done_noted, &found))
			return false;
		if (found)
			fact->how = DN_SKIPPED;
	}
	if (!scan_day_after(s, "cancelled", &fact->ended_on, &fact->ended_noted, &found))
		return false;
	if (!found)
	{
		if (!scan_day_after(s, "withdrawn", &fact->ended_on, &fact->ended_noted, &found))
			return false;
		fact->then = found;
	}
	return true;
}

static bool
scan_hold(DnScan *s, char *names, DnFacts *facts, DnFact *fact)
{
	bool		found;

	fact->kind = DN_FACT_HOLD;
	return scan_name(s, names, facts, fact) &&
		scan_needed_day(s, "from", &fact->on_day, &fact->noted) &&
		scan_day_after(s, "until", &fact->done_on, &fact->done_noted, &found) &&
		scan_day_after(s, "released", &fact->ended_on, &fact->ended_noted, &found) &&
		scan_choice(s, "stops", stops_word, &fact->how, "none, automatic or all was expected") &&
		scan_choice(s, "then", then_word, &fact->then, "continue, wait or restart was expected");
}

/* A handover, or a rejection */
static bool
scan_event(DnScan *s, char *names, DnFacts *facts, DnFact *fact, DnFactKind kind)
{
	bool		found;

	fact->kind = (uint8_t) kind;
	return scan_name(s, names, facts, fact) &&
		scan_needed_day(s, "on", &fact->on_day, &fact->noted) &&
		scan_day_after(s, "ended", &fact->ended_on, &fact->ended_noted, &found);
}

/* The days of noting that were not said, which are DN_DAY_EVER. */
void
dn_note_fact(DnFact *fact)
{
	if (fact->noted == DN_DAY_EVER)
		fact->noted = fact->on_day;
	if (fact->done_noted == DN_DAY_EVER || fact->done_on == DN_DAY_NEVER)
		fact->done_noted = fact->kind == DN_FACT_HOLD && fact->done_on != DN_DAY_NEVER ? fact->noted : fact->done_on;
	if (fact->ended_noted == DN_DAY_EVER || fact->ended_on == DN_DAY_NEVER)
		fact->ended_noted = fact->ended_on;
}

static bool
scan_fact(DnScan *s, char *names, DnFacts *facts, DnFact *fact)
{
	const char *begin;
	bool		ok;

	dn_space(s);
	begin = s->p;
	memset(fact, 0, sizeof(*fact));
	fact->done_on = fact->ended_on = DN_DAY_NEVER;
	fact->noted = fact->done_noted = fact->ended_noted = DN_DAY_EVER;
	if (dn_keyword(s, "reminder"))
		ok = scan_reminder(s, names, facts, fact);
	else if (dn_keyword(s, "hold"))
		ok = scan_hold(s, names, facts, fact);
	else if (dn_keyword(s, "handover"))
		ok = scan_event(s, names, facts, fact, DN_FACT_HANDOVER);
	else if (dn_keyword(s, "reject"))
		ok = scan_event(s, names, facts, fact, DN_FACT_REJECT);
	else
		return dn_fail(s, DN_SYNTAX, fact_what);
	if (ok)
		dn_note_fact(fact);
	if (ok && !dn_fact_valid(fact))
		return dn_fail_at(s, begin, DN_DATE, "the days of a fact must be in order, and from the years 0001 to 9999");
	return ok;
}

static bool
day_or_never(int32_t day)
{
	return day == DN_DAY_NEVER || (day >= DN_LITERAL_FIRST && day <= DN_LITERAL_LAST);
}

/* What holds of each fact, read or made. */
bool
dn_fact_valid(const DnFact *f)
{
	static const DnWhen none;

	if (f->on_day < DN_LITERAL_FIRST || f->on_day > DN_LITERAL_LAST || !day_or_never(f->done_on) || !day_or_never(f->ended_on) ||
		f->noted < DN_LITERAL_FIRST || f->noted > DN_LITERAL_LAST || !day_or_never(f->done_noted) || !day_or_never(f->ended_noted) ||
		(f->done_on == DN_DAY_NEVER) != (f->done_noted == DN_DAY_NEVER) || (f->ended_on == DN_DAY_NEVER) != (f->ended_noted == DN_DAY_NEVER) ||
		f->done_on < f->on_day || f->ended_on < f->on_day || f->name_len < 1 || f->name_len > DN_NAME_MAX || !dn_when_valid(&f->when))
		return false;
	switch (f->kind)
	{
		case DN_FACT_REMINDER:
			return f->occurrence >= 1 && f->occurrence <= DN_OCCURRENCE_MAX && f->how <= DN_SKIPPED && f->then <= 1 &&
				(f->how == DN_PENDING) == (f->done_on == DN_DAY_NEVER) && (f->then == 0 || f->ended_on != DN_DAY_NEVER);
		case DN_FACT_HOLD:
			return f->occurrence == 0 && f->how <= DN_STOPS_NONE && f->then <= DN_THEN_RESTART &&
				dn_same_when(&f->when, &none);
		case DN_FACT_HANDOVER:
		case DN_FACT_REJECT:
			return f->occurrence == 0 && f->how == 0 && f->then == 0 && f->done_on == DN_DAY_NEVER &&
				dn_same_when(&f->when, &none);
		default:
			return false;
	}
}

static int
cmp(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* The order of facts: their days, then all the rest, so that equal sets have equal texts. */
static int
cmp_facts(const DnFact *a, const DnFact *b, const char *names)
{
	int			c = cmp(a->on_day, b->on_day);
	size_t		len = a->name_len < b->name_len ? a->name_len : b->name_len;

	if (c == 0)
		c = cmp(a->kind, b->kind);
	if (c == 0)
		c = cmp(a->when.months, b->when.months);
	if (c == 0)
		c = cmp(a->when.end_of_month, b->when.end_of_month);
	if (c == 0)
		c = cmp(a->when.days, b->when.days);
	if (c == 0)
		c = cmp(a->when.plus, b->when.plus);
	if (c == 0)
		c = cmp(a->when.event, b->when.event);
	if (c == 0)
		c = memcmp(a->when.code, b->when.code, sizeof(a->when.code));
	if (c == 0)
		c = memcmp(names + a->name, names + b->name, len);
	if (c == 0)
		c = cmp(a->name_len, b->name_len);
	if (c == 0)
		c = cmp(a->occurrence, b->occurrence);
	if (c == 0)
		c = cmp(a->done_on, b->done_on);
	if (c == 0)
		c = cmp(a->ended_on, b->ended_on);
	if (c == 0)
		c = cmp(a->how, b->how);
	if (c == 0)
		c = cmp(a->then, b->then);
	if (c == 0)
		c = cmp(a->noted, b->noted);
	if (c == 0)
		c = cmp(a->done_noted, b->done_noted);
	return c != 0 ? c : cmp(a->ended_noted, b->ended_noted);
}

static void
sift_down(DnFact *fact, int32_t root, int32_t n, const char *names)
{
	for (;;)
	{
		int32_t		child = 2 * root + 1;
		DnFact		f;

		if (child >= n)
			return;
		if (child + 1 < n && cmp_facts(&fact[child], &fact[child + 1], names) < 0)
			child++;
		if (cmp_facts(&fact[root], &fact[child], names) >= 0)
			return;
		f = fact[root];
		fact[root] = fact[child];
		fact[child] = f;
		root = child;
	}
}

/* A heapsort, since qsort has no argument for the names. */
void
dn_sort_facts(DnFact *fact, int32_t n, const char *names)
{
	int32_t		i;

	for (i = n / 2; i-- > 0;)
		sift_down(fact, i, n, names);
	for (i = n; i-- > 1;)
	{
		DnFact		f = fact[0];

		fact[0] = fact[i];
		fact[i] = f;
		sift_down(fact, 0, i, names);
	}
}

/* Copies the names of facts in their order, as a stored value has them. */
void
dn_fill_names(DnFact *fact, int32_t n, const char *names, char *out)
{
	uint32_t	at = 0;
	int32_t		i;

	for (i = 0; i < n; i++)
	{
		memcpy(out + at, names + fact[i].name, fact[i].name_len);
		fact[i].name = at;
		at += fact[i].name_len;
	}
}

/*
 * Makes of a fact what was known of it on a day; false if it was not noted yet.
 * An end that was noted later was not there, and neither was the last day of a
 * hold.
 */
bool
dn_see_fact(DnFact *fact, int32_t day)
{
	if (fact->noted > day)
		return false;
	if (fact->done_noted > day)
	{
		fact->done_on = fact->done_noted = DN_DAY_NEVER;
		if (fact->kind == DN_FACT_REMINDER)
			fact->how = DN_PENDING;
	}
	if (fact->ended_noted > day)
	{
		fact->ended_on = fact->ended_noted = DN_DAY_NEVER;
		if (fact->kind == DN_FACT_REMINDER)
			fact->then = 0;
	}
	return true;
}

/* The facts as they were known on a day, in the order of their days, with the names of all. */
void
dn_see_facts(const DnFacts *facts, int32_t day, DnFact *room, DnFacts *seen)
{
	int32_t		i;

	seen->n = 0;
	seen->fact = room;
	seen->names = facts->names;
	seen->names_len = facts->names_len;
	for (i = 0; i < facts->n; i++)
	{
		room[seen->n] = facts->fact[i];
		if (dn_see_fact(&room[seen->n], day))
			seen->n++;
	}
}

/* What holds of every value, read or made; a stored one may have gone wrong. */
bool
dn_facts_valid(const DnFacts *facts)
{
	size_t		at = 0;
	int32_t		i;

	if (facts->n < 0 || facts->n > DN_FACTS_MAX)
		return false;
	for (i = 0; i < facts->n; i++)
	{
		const DnFact *f = &facts->fact[i];

		if (!dn_fact_valid(f) || f->name != at || at + f->name_len > facts->names_len ||
			!dn_name_valid(facts->names + at, f->name_len))
			return false;
		if (i > 0 && cmp_facts(&facts->fact[i - 1], f, facts->names) > 0)
			return false;
		at += f->name_len;
	}
	return at == facts->names_len;
}

/*
 * The room has place for dn_facts_room facts, and names for as many bytes as
 * the text.  Names stand in the order of the text: dn_fill_names puts them in
 * that of the facts.
 */
bool
dn_parse_facts(const char *text, size_t len, DnFact *room, char *names, DnFacts *facts, DnError *err)
{
	static const char *const open_what = "\"{\" was expected";
	static const char *const next_what = "\";\" or \"}\" was expected";
	DnScan		s;
	bool		ok = true;

	dn_scan_init(&s, text, len);
	facts->n = 0;
	facts->names_len = 0;
	facts->fact = room;
	facts->names = names;
	if (!dn_char(&s, '{'))
		ok = dn_fail(&s, DN_SYNTAX, open_what);
	else if (!dn_char(&s, '}'))
		for (;;)
		{
			if (facts->n == DN_FACTS_MAX)
				ok = dn_fail(&s, DN_LIMIT, "an item has at most " DN_STR(DN_FACTS_MAX) " facts");
			else
				ok = scan_fact(&s, names, facts, &room[facts->n]);
			if (!ok)
				break;
			facts->n++;
			if (dn_char(&s, '}'))
				break;
			if (!dn_char(&s, ';'))
			{
				ok = dn_fail(&s, DN_SYNTAX, next_what);
				break;
			}
		}
	if (ok && dn_finish(&s, "the end was expected"))
	{
		dn_sort_facts(room, facts->n, names);
		return true;
	}
	*err = s.err;
	return false;
}

static void
put_word_day(DnOut *out, const char *keyword, int32_t day)
{
	dn_put(out, " ");
	dn_put(out, keyword);
	dn_put(out, " ");
	dn_put_date(out, day);
}

/* A day, unless there is none, and when it was noted, unless that goes without saying. */
static void
put_day(DnOut *out, const char *keyword, int32_t day, int32_t noted, int32_t plain)
{
	if (day == DN_DAY_NEVER)
		return;
	put_word_day(out, keyword, day);
	if (noted != plain)
		put_word_day(out, "noted", noted);
}

static void
put_fact(DnOut *out, const DnFacts *facts, const DnFact *f)
{
	static const char *const kind_word[] = {"reminder ", "hold ", "handover ", "reject "};
	const char *name = dn_fact_name(facts, f);

	dn_put(out, kind_word[f->kind]);
	if (f->kind == DN_FACT_REMINDER)
	{
		dn_print_when(out, &f->when);
		dn_put(out, " ");
	}
	dn_put_bytes(out, name, f->name_len);
	switch (f->kind)
	{
		case DN_FACT_REMINDER:
			if (f->occurrence > 1)
			{
				dn_put(out, " time ");
				dn_put_int(out, f->occurrence);
			}
			put_day(out, "raised", f->on_day, f->noted, f->on_day);
			put_day(out, done_word[f->how], f->done_on, f->done_noted, f->done_on);
			put_day(out, f->then ? "withdrawn" : "cancelled", f->ended_on, f->ended_noted, f->ended_on);
			break;
		case DN_FACT_HOLD:
			put_day(out, "from", f->on_day, f->noted, f->on_day);
			put_day(out, "until", f->done_on, f->done_noted, f->noted);
			put_day(out, "released", f->ended_on, f->ended_noted, f->ended_on);
			if (f->how != DN_STOPS_ALL)
			{
				dn_put(out, " stops ");
				dn_put(out, stops_word[f->how]);
			}
			if (f->then != DN_THEN_CONTINUE)
			{
				dn_put(out, " then ");
				dn_put(out, then_word[f->then]);
			}
			break;
		default:
			put_day(out, "on", f->on_day, f->noted, f->on_day);
			put_day(out, "ended", f->ended_on, f->ended_noted, f->ended_on);
			break;
	}
}

void
dn_print_facts(DnOut *out, const void *value)
{
	const DnFacts *facts = value;
	int32_t		i;

	dn_put(out, "{");
	for (i = 0; i < facts->n; i++)
	{
		if (i > 0)
			dn_put(out, "; ");
		put_fact(out, facts, &facts->fact[i]);
	}
	dn_put(out, "}");
}

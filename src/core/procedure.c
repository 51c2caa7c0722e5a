/* core/procedure.c: see procedure.h */
#include "procedure.h"

#include <string.h>

#include "days.h"

static const char *const channel_what =
	"a channel such as email was expected, at most " DN_STR(DN_CHANNEL_MAX) " letters, digits and _";
static const char *const label_what =
	"a label has at most " DN_STR(DN_LABEL_MAX) " bytes";
static const char *const wait_what =
	"a number of days from 1 to " DN_STR(DN_WAIT_MAX) " was expected";

/* fee, min, wait or manual, each at most once a step */
static bool
scan_step_clauses(DnScan *s, DnStep *step)
{
	for (;;)
	{
		const char *begin;
		bool		again;

		dn_space(s);
		begin = s->p;
		if (dn_keyword(s, "fee"))
		{
			again = step->fee != 0;
			if (!dn_fee(s, &step->fee, step->fee_currency))
				return false;
		}
		else if (dn_keyword(s, "min"))
		{
			again = step->min != 0;
			if (!dn_fee(s, &step->min, step->min_currency))
				return false;
		}
		else if (dn_keyword(s, "wait"))
		{
			again = step->wait != 0;
			if (!dn_int(s, 1, DN_WAIT_MAX, &step->wait, wait_what))
				return false;
		}
		else if (dn_keyword(s, "manual"))
		{
			again = step->manual != 0;
			step->manual = 1;
		}
		else
			return true;
		if (again)
			return dn_fail_at(s, begin, DN_SYNTAX, "a step says fee, min, wait and manual at most once each");
	}
}

static bool
scan_step(DnScan *s, DnProcedureRoom *room, DnProcedure *p)
{
	const char *begin;
	DnStep	   *step;
	DnWord		channel;
	size_t		i,
				label_len = 0;

	dn_space(s);
	begin = s->p;
	if (p->n == DN_STEPS_MAX)
		return dn_fail(s, DN_LIMIT, "a procedure has at most " DN_STR(DN_STEPS_MAX) " steps");
	step = &room->step[p->n];
	memset(step, 0, sizeof(*step));
	if (!dn_int(s, -DN_OFFSET_MAX, DN_OFFSET_MAX, &step->offset,
				"a number of days from the due date was expected, at most "
				DN_STR(DN_OFFSET_MAX) " either way"))
		return false;
	if (p->n > 0 && step->offset < room->step[p->n - 1].offset)
		return dn_fail_at(s, begin, DN_SYNTAX, "the steps must be in the order of their days");

	dn_space(s);
	begin = s->p;
	if (!dn_word(s, &channel))
		return dn_fail(s, DN_SYNTAX, channel_what);
	if (channel.len > DN_CHANNEL_MAX)
		return dn_fail_at(s, begin, DN_LIMIT, channel_what);
	step->text = (uint16_t) p->texts_len;
	step->channel_len = (uint8_t) channel.len;
	for (i = 0; i < channel.len; i++)
		room->texts[p->texts_len++] =
			(char) (channel.p[i] >= 'A' && channel.p[i] <= 'Z' ? channel.p[i] - 'A' + 'a' : channel.p[i]);

	if (dn_peek(s, '"'))
	{
		if (!dn_quoted(s, room->texts + p->texts_len, DN_LABEL_MAX, &label_len, label_what))
			return false;
		step->label_len = (uint8_t) label_len;
		p->texts_len += label_len;
	}
	p->n++;
	return scan_step_clauses(s, step);
}

/* "wait N" or "mode stepwise | jump", each at most once, after the steps */
static bool
scan_option(DnScan *s, DnProcedure *p, unsigned *seen)
{
	static const char *const what =
		"a step, or one of wait and mode at most once each, was expected";
	const char *begin;
	unsigned	option;

	dn_space(s);
	begin = s->p;
	if (dn_keyword(s, "wait"))
	{
		option = 1;
		if (!dn_int(s, 1, DN_WAIT_MAX, &p->wait, wait_what))
			return false;
	}
	else if (dn_keyword(s, "mode"))
	{
		option = 2;
		if (dn_keyword(s, "jump"))
			p->jump = true;
		else if (!dn_keyword(s, "stepwise"))
			return dn_fail(s, DN_SYNTAX, "the mode stepwise or jump was expected");
	}
	else
		return dn_fail(s, DN_SYNTAX, what);
	if (*seen & option)
		return dn_fail_at(s, begin, DN_SYNTAX, what);
	*seen |= option;
	return true;
}

static bool
at_number(DnScan *s)
{
	dn_space(s);
	return s->p < s->end &&
		(*s->p == '+' || *s->p == '-' || (*s->p >= '0' && *s->p <= '9'));
}

bool
dn_parse_procedure(const char *text, size_t len, DnProcedureRoom *room,
				   DnProcedure *p, DnError *err)
{
	DnScan		s;
	unsigned	seen = 0;
	bool		ok;

	dn_scan_init(&s, text, len);
	memset(p, 0, sizeof(*p));
	p->wait = DN_WAIT_DEFAULT;
	p->step = room->step;
	p->texts = room->texts;

	ok = scan_step(&s, room, p);
	while (ok && dn_char(&s, ';'))
	{
		if (seen == 0 && at_number(&s))
			ok = scan_step(&s, room, p);
		else
			ok = scan_option(&s, p, &seen);
	}
	if (ok && dn_finish(&s, "fee, min, wait, manual, \";\" or the end was expected"))
		return true;
	*err = s.err;
	return false;
}

void
dn_print_procedure(DnOut *out, const void *value)
{
	const DnProcedure *p = value;
	int			i;

	for (i = 0; i < p->n; i++)
	{
		const DnStep *step = &p->step[i];
		const char *text = p->texts + step->text;

		if (i > 0)
			dn_put(out, "; ");
		dn_put_int(out, step->offset);
		dn_put(out, " ");
		dn_put_bytes(out, text, step->channel_len);
		if (step->label_len > 0)
		{
			dn_put(out, " ");
			dn_put_quoted(out, text + step->channel_len, step->label_len);
		}
		dn_put_fee(out, " fee", step->fee, step->fee_currency);
		dn_put_fee(out, " min", step->min, step->min_currency);
		if (step->wait != 0)
		{
			dn_put(out, " wait ");
			dn_put_int(out, step->wait);
		}
		if (step->manual)
			dn_put(out, " manual");
	}
	if (p->wait != DN_WAIT_DEFAULT)
	{
		dn_put(out, "; wait ");
		dn_put_int(out, p->wait);
	}
	if (p->jump)
		dn_put(out, "; mode jump");
}

/* The first day on which a step can be taken: its own, and after the wait. */
static int32_t
ready_on(const DnStepDay *step, const DnSituation *it)
{
	int32_t		day = dn_day_add(it->due_on, step->offset);

	if (it->has_last)
	{
		int32_t		waited = dn_day_add(it->last_on, step->wait);

		if (waited > day)
			day = waited;
	}
	return day;
}

/* A step before the due date makes no sense any more once the item is past due. */
static bool
too_late(const DnStepDay *step, int32_t ready, const DnSituation *it, int32_t as_of)
{
	return step->offset < 0 && (ready > as_of ? ready : as_of) > it->due_on;
}

/*
 * Mode jump: the most severe step that is ready, or else the most severe of
 * those that are ready first; -1 if there is none.  Only steps whose minimum
 * is met count, or only those whose minimum is not.
 */
static int
jump_to(const DnStepDay *step, int n, const DnSituation *it, int32_t as_of, bool below)
{
	int			found = -1;
	int32_t		found_ready = 0;
	int			i;

	for (i = it->last_level; i < n; i++)
	{
		int32_t		ready;

		if (step[i].below != below)
			continue;
		ready = ready_on(&step[i], it);
		if (too_late(&step[i], ready, it, as_of))
			continue;
		if (ready < as_of)
			ready = as_of;
		if (found < 0 || ready <= found_ready)
		{
			found = i;
			found_ready = ready;
		}
	}
	return found;
}

/* The answer of one day, without the day on which it changes. */
static void
answer_on(const DnStepDay *step, int n, bool jump,
		  const DnSituation *it, int32_t as_of, DnAnswer *a)
{
	int			i = it->last_level;
	bool		held = it->held && as_of <= it->held_until;

	memset(a, 0, sizeof(*a));
	if (it->settled)
	{
		a->state = DN_STATE_SETTLED;
		return;
	}
	if (jump)
	{
		i = jump_to(step, n, it, as_of, false);
		if (i < 0)
			i = jump_to(step, n, it, as_of, true);
	}
	else
		while (i < n && too_late(&step[i], ready_on(&step[i], it), it, as_of))
			i++;

	if (i < 0 || i >= n)
		a->state = held ? DN_STATE_HELD : DN_STATE_EXHAUSTED;
	else
	{
		a->level = i + 1;
		a->due_on = ready_on(&step[i], it);
		if (held)
			a->state = DN_STATE_HELD;
		else if (a->due_on > as_of)
			a->state = DN_STATE_SCHEDULED;
		else
			a->state = step[i].below ? DN_STATE_BELOW_MINIMUM : DN_STATE_DUE;
	}
}

/* Keeps the earliest finite day after "after". */
static void
earliest(int32_t day, int32_t after, int32_t *found)
{
	if (day > after && day < *found)
		*found = day;
}

/*
 * The next step of an item by n steps, and the first later day on which the
 * answer is another one if nothing happens.  The answer can only change the
 * day after the due date, the day after a hold, or when a step is ready, so
 * only those days are tried.
 */
void
dn_next_step(const DnStepDay *step, int n, bool jump,
			 const DnSituation *it, DnAnswer *answer)
{
	int32_t		day = it->as_of;

	answer_on(step, n, jump, it, day, answer);
	if (answer->state == DN_STATE_SETTLED)
		return;
	for (;;)
	{
		DnAnswer	later;
		int32_t		next = DN_DAY_NEVER;
		int			i;

		earliest(dn_day_add(it->due_on, 1), day, &next);
		if (it->held)
			earliest(dn_day_add(it->held_until, 1), day, &next);
		for (i = it->last_level; i < n; i++)
			earliest(ready_on(&step[i], it), day, &next);
		if (next == DN_DAY_NEVER)
			return;
		day = next;
		answer_on(step, n, jump, it, day, &later);
		if (later.state != answer->state || later.level != answer->level ||
			later.due_on != answer->due_on)
		{
			answer->changes = true;
			answer->changes_on = day;
			return;
		}
	}
}

/*
 * The state of one given step, whatever the mode and whenever the reminder
 * before it was: EXHAUSTED if there is no such step or it is too late for it.
 */
DnState
dn_step_state(const DnStepDay *step, int n, int level, const DnSituation *situation)
{
	DnSituation it = *situation;
	DnAnswer	a;

	it.last_level = level - 1;
	it.has_last = false;
	answer_on(step, n, false, &it, it.as_of, &a);
	if (a.state == DN_STATE_SETTLED || a.state == DN_STATE_HELD || a.level == level)
		return a.state;
	return DN_STATE_EXHAUSTED;
}

static bool
same_step(const DnProcedure *a, const DnProcedure *b, int i)
{
	const DnStep *x = &a->step[i];
	const DnStep *y = &b->step[i];

	return x->offset == y->offset &&
		x->channel_len == y->channel_len &&
		x->label_len == y->label_len &&
		memcmp(a->texts + x->text, b->texts + y->text, (size_t) x->channel_len + x->label_len) == 0;
}

/*
 * Whether the first steps of two procedures are the same to a debtor: the
 * same day, channel and label.  Steps that neither has are the same.
 */
bool
dn_same_steps(const DnProcedure *a, const DnProcedure *b, int levels)
{
	int			i;

	for (i = 0; i < levels && (i < a->n || i < b->n); i++)
		if (i >= a->n || i >= b->n || !same_step(a, b, i))
			return false;
	return true;
}

/* core/procedure.c: see procedure.h */
#include "procedure.h"

#include <string.h>

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

/* What holds of every procedure, read or made; a stored one may have gone wrong. */
bool
dn_procedure_valid(const DnProcedure *p)
{
	int			i;

	if (p->n < 1 || p->n > DN_STEPS_MAX || p->wait < 1 || p->wait > DN_WAIT_MAX)
		return false;
	for (i = 0; i < p->n; i++)
	{
		const DnStep *step = &p->step[i];

		if (step->offset < -DN_OFFSET_MAX || step->offset > DN_OFFSET_MAX ||
			(i > 0 && step->offset < p->step[i - 1].offset) ||
			step->wait < 0 || step->wait > DN_WAIT_MAX || step->fee < 0 || step->min < 0 || step->manual > 1)
			return false;
		if (step->channel_len < 1 || step->channel_len > DN_CHANNEL_MAX || step->label_len > DN_LABEL_MAX ||
			(size_t) step->text + step->channel_len + step->label_len > p->texts_len)
			return false;
	}
	return true;
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
	{
		dn_assert(dn_procedure_valid(p));
		return true;
	}
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

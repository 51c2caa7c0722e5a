/* core/when.c: see when.h */
#include "when.h"

#include <string.h>

static const char *const event_word[DN_EVENTS] = {NULL, "reject", "broken"};
static const char *const broken_word[] = {"promise", "plan"};

/* Takes "end of month" if it stands here, otherwise takes nothing. */
bool
dn_scan_end_of_month(DnScan *s)
{
	const char *begin = s->p;

	if (dn_keyword(s, "end") && dn_keyword(s, "of") && dn_keyword(s, "month"))
		return true;
	s->p = begin;
	return false;
}

/* N days, or N months, and then perhaps the end of the month */
static bool
scan_count(DnScan *s, int32_t most, DnWhen *when)
{
	const char *begin;

	dn_space(s);
	begin = s->p;
	if (!dn_int(s, -most, most, &when->days,
				most == DN_WHEN_DAYS_MAX ? "a number of days from the due date was expected, at most " DN_STR(DN_WHEN_DAYS_MAX) " either way" :
				"a number of days from the due date was expected, at most 36500 either way"))
		return false;
	if (dn_keyword(s, "month") || dn_keyword(s, "months"))
	{
		if (when->days < 1 || when->days > DN_MONTHS_MAX)
			return dn_fail_at(s, begin, DN_RANGE, "a number of months from 1 to " DN_STR(DN_MONTHS_MAX) " was expected");
		when->months = when->days;
		when->days = 0;
	}
	else if (!dn_keyword(s, "days") && !dn_keyword(s, "day"))
		return true;
	when->end_of_month = dn_scan_end_of_month(s);
	if (when->end_of_month && when->days < 0)
		return dn_fail_at(s, begin, DN_RANGE, "days before an end of month cannot be below 0");
	return true;
}

/* The code of a rejection, if there is one */
static bool
scan_code(DnScan *s, DnWhen *when)
{
	const char *begin;
	DnWord		code;
	size_t		i;

	dn_space(s);
	begin = s->p;
	if (dn_word(s, &code))
	{
		if (code.len > DN_CODE_MAX)
			return dn_fail_at(s, begin, DN_LIMIT, "the code of a rejection has at most " DN_STR(DN_CODE_MAX) " letters, digits and _");
		for (i = 0; i < code.len; i++)
			when->code[i] = (char) (code.p[i] >= 'A' && code.p[i] <= 'Z' ? code.p[i] - 'A' + 'a' : code.p[i]);
	}
	return true;
}

/* What happened, and the days after it */
static bool
scan_event(DnScan *s, DnWhen *when, DnEvent event)
{
	when->event = (uint8_t) event;
	if (event == DN_EVENT_REJECT)
	{
		if (!scan_code(s, when))
			return false;
	}
	else if (dn_keyword(s, broken_word[0]))
		memcpy(when->code, broken_word[0], strlen(broken_word[0]));
	else if (dn_keyword(s, broken_word[1]))
		memcpy(when->code, broken_word[1], strlen(broken_word[1]));
	if (!dn_int(s, 0, DN_EVENT_DAYS_MAX, &when->days,
				event == DN_EVENT_REJECT ? "a number of days from 0 to " DN_STR(DN_EVENT_DAYS_MAX) " after the rejection was expected" :
				"promise, plan or a number of days from 0 to " DN_STR(DN_EVENT_DAYS_MAX) " was expected"))
		return false;
	if (!dn_keyword(s, "days"))
		(void) dn_keyword(s, "day");
	return true;
}

/* Days are at most so many, either way. */
bool
dn_scan_when(DnScan *s, int32_t most, DnWhen *when)
{
	memset(when, 0, sizeof(*when));
	if (dn_keyword(s, event_word[DN_EVENT_REJECT]))
		return scan_event(s, when, DN_EVENT_REJECT);
	if (dn_keyword(s, event_word[DN_EVENT_BROKEN]))
		return scan_event(s, when, DN_EVENT_BROKEN);
	if (dn_scan_end_of_month(s))
		when->end_of_month = 1;
	else if (!scan_count(s, most, when))
		return false;
	if ((when->months == 0 && !when->end_of_month) || !dn_char(s, '+'))
		return true;
	if (!dn_int(s, 1, most, when->end_of_month ? &when->plus : &when->days,
				most == DN_WHEN_DAYS_MAX ? "a number of days from 1 to " DN_STR(DN_WHEN_DAYS_MAX) " was expected" :
				"a number of days from 1 to 36500 was expected"))
		return false;
	if (!dn_keyword(s, "days"))
		(void) dn_keyword(s, "day");
	return true;
}

/* Lower-case letters, digits and _, then zeros */
static bool
code_valid(const char *code)
{
	int			i = 0;

	while (i < DN_CODE_MAX && ((code[i] >= 'a' && code[i] <= 'z') || code[i] == '_' || (i > 0 && code[i] >= '0' && code[i] <= '9')))
		i++;
	while (i < DN_CODE_MAX && code[i] == '\0')
		i++;
	return i == DN_CODE_MAX;
}

/* What the parts of every day have in common; only some go together. */
bool
dn_when_valid(const DnWhen *when)
{
	static const uint8_t zero[sizeof(when->zero)];

	if (when->event >= DN_EVENTS || !code_valid(when->code) || (!when->event && when->code[0] != '\0'))
		return false;
	if (when->event == DN_EVENT_BROKEN && when->code[0] != '\0' &&
		strncmp(when->code, broken_word[0], DN_CODE_MAX) != 0 && strncmp(when->code, broken_word[1], DN_CODE_MAX) != 0)
		return false;
	if (when->event && (when->days < 0 || when->days > DN_EVENT_DAYS_MAX || when->months != 0 || when->end_of_month))
		return false;
	if (when->days < -DN_WHEN_DAYS_MAX || when->days > DN_WHEN_DAYS_MAX || when->plus < 0 || when->plus > DN_WHEN_DAYS_MAX ||
		when->months < 0 || when->months > DN_MONTHS_MAX || when->end_of_month > 1 || memcmp(when->zero, zero, sizeof(zero)) != 0)
		return false;
	if (when->end_of_month)
		return when->days >= 0 && (when->days == 0 || when->months == 0);
	return when->plus == 0 && (when->days >= 0 || when->months == 0);
}

/* The shortest text */
void
dn_print_when(DnOut *out, const void *value)
{
	const DnWhen *when = value;
	int32_t		plus = when->end_of_month ? when->plus : when->months != 0 ? when->days : 0;

	if (when->event)
	{
		dn_put(out, event_word[when->event]);
		dn_put(out, " ");
		if (when->code[0] != '\0')
		{
			const char *end = memchr(when->code, '\0', DN_CODE_MAX);

			dn_put_bytes(out, when->code, end != NULL ? (size_t) (end - when->code) : DN_CODE_MAX);
			dn_put(out, " ");
		}
	}
	if (when->months != 0)
	{
		dn_put_int(out, when->months);
		dn_put(out, when->months == 1 ? " month" : " months");
	}
	else if (!when->end_of_month || when->days != 0)
		dn_put_int(out, when->days);
	if (when->end_of_month)
		dn_put(out, when->months != 0 ? " end of month" : when->days != 0 ? " days end of month" : "end of month");
	if (plus != 0)
	{
		dn_put(out, " + ");
		dn_put_int(out, plus);
	}
}

/* The day for one due date or event; an infinite due date is its own day. */
int32_t
dn_when_day(const DnWhen *when, int32_t due_on)
{
	int32_t		year;
	int			month,
				dom;
	int64_t		day;

	if (when->months == 0)
		due_on = dn_day_add(due_on, when->days);
	if (!dn_day_finite(due_on) || (when->months == 0 && !when->end_of_month))
		return due_on;
	dn_civil(due_on, &year, &month, &dom);
	if (when->end_of_month || dom == dn_month_length(year, month))
		dom = 31;
	dn_go_months(&year, &month, when->months);
	day = dn_month_day(year, month, dom);
	if (day > DN_DAY_LAST)
		return DN_DAY_NEVER;
	return dn_day_add((int32_t) day, when->end_of_month ? when->plus : when->days);
}

/*
 * core/interest.h: the days of interest of a debt by a rule.
 *
 * A debt due on one day bears interest from the day after to another, both
 * counted.  For a whole period there is one sum; where the steps in between
 * matter, spans are given out one by one.
 */
#ifndef DN_INTEREST_H
#define DN_INTEREST_H

#include "balance.h"
#include "penalty.h"
#include "wide.h"

/* What a rule says of a debt on a day. */
typedef enum DnLate
{
	DN_LATE_NOT,				/* not late, or within the grace days */
	DN_LATE_YES,
	DN_LATE_NO_RATE,			/* late, but a day has no rate */
	DN_LATE_ENDLESS,			/* late by an infinite number of days */
	DN_LATE_BEYOND,				/* late on a day before the year 1 or after 9999 */
	DN_LATE_COMPOUNDED,			/* late, and compounded too often */
	DN_LATE_FEES				/* late, with too many late fees */
} DnLate;

/* A run of days on which all is the same: one rate, one weight a day. */
typedef struct DnSpan
{
	int32_t		from;
	int32_t		to;				/* counted */
	int64_t		rate;			/* 10^-6 percent a year; 0 if it was not asked for */
	int64_t		weight;			/* of all its days, by the day count */
	bool		compounds;		/* the interest so far is added after its last day */
} DnSpan;

typedef struct DnSpans
{
	const DnRule *rule;
	int32_t		first;			/* day of interest */
	int32_t		last;
	int32_t		next;			/* first day not given out */
	int32_t		anniversary;	/* the next one; DN_DAY_NEVER: none */
	int32_t		compoundings;	/* anniversaries behind us */
	int32_t		missing;		/* the day without a rate */
} DnSpans;

typedef enum DnSpanStatus
{
	DN_SPAN,
	DN_SPANS_END,
	DN_SPANS_NO_RATE
} DnSpanStatus;

extern int32_t dn_interest_end(const DnRule *rule, int32_t due_on);

/* Whether the interest of a history is the sum of its balances. */
typedef enum DnSummed
{
	DN_SUMMED,
	DN_SUM_NO_RATE,
	DN_SUM_NOT					/* only a walk can tell */
} DnSummed;

extern bool dn_rule_sum(const DnRule *rule, int32_t due_on, int32_t after, int32_t upto,
						int64_t *sum, int32_t *missing);
extern DnLate dn_lateness(const DnRule *rule, int32_t due_on, int32_t as_of);
extern DnLate dn_late(const DnRule *rule, int32_t due_on, int32_t as_of,
					  int64_t *sum, int32_t *missing);
extern bool dn_interest(int64_t amount, int64_t sum, const DnClauses *terms, int64_t *out);
extern DnSummed dn_history_interest(const DnHistory *h, const DnRule *rule, int32_t due_on, int32_t as_of,
									int64_t *out, int32_t *missing);

extern int32_t dn_anniversary(const DnRule *rule, int32_t first, int32_t k);
extern int32_t dn_compoundings(const DnRule *rule, int32_t due_on, int32_t as_of);
extern void dn_spans_begin(DnSpans *spans, const DnRule *rule, int32_t due_on, int32_t as_of);
extern DnSpanStatus dn_spans_next(DnSpans *spans, int32_t stop, bool bears, DnSpan *span);

extern DnWide dn_band_start(const DnRule *rule, int band);

/* The day up to which interest runs, of a debt that is late on as_of. */
static inline int32_t
dn_upto(const DnRule *rule, int32_t due_on, int32_t as_of)
{
	int32_t		end;

	if (rule->terms->stop == 0)
		return as_of;
	end = dn_interest_end(rule, due_on);
	return end < as_of ? end : as_of;
}

#endif

/*
 * core/aging.h: aging schemes: ranges of delay that cover every due date.
 *
 *   scheme   = ranges | [ "under" ] edge { "," edge } [ ";" "today" ( "late" | "apart" ) ]
 *   ranges   = range { "," range }
 *   range    = [ days ] ".." [ edge ] [ label ]
 *   edge     = N [ "day" | "days" | "d" ]
 *            | N ( month | "calendar" month | "rolling" month ) [ ( "+" | "-" ) N ( "day" | "days" ) ]
 *   month    = "month" | "months" | "m"
 *   label    = a text in double quotes, a quote inside doubled
 *
 * An edge says how far back from the day asked for a bucket reaches, that day
 * included: 30 is 30 days before it, -7 is 7 days behind it.
 *
 *   N months           the same day N months before, or the last one of a
 *                      month that is shorter
 *   N rolling months   N periods of a month, the last of which ends with the
 *                      day asked for: from the day after it one month back,
 *                      from there one more, and so on
 *   N calendar months  the first day of a month: of this one for 1, of the
 *                      one before for 2
 *
 * Ranges are numbered from 0.  Each begins where the previous one ends: the
 * first is open below, the last above, and the number of days before the two
 * dots, which only a range behind whole days can have, is checked and no more.
 *
 * The list is short for a first range up to the day asked for and one up to
 * each edge.  "under" leaves the day of each edge to the next range; "today
 * late" takes the items due today to the first delay, "today apart" gives them
 * a range of their own.
 *
 * Canonical: the list where it says it all, without "under" and "today";
 * otherwise the ranges, with the labels that are not those a range has anyway.
 */
#ifndef DN_AGING_H
#define DN_AGING_H

#include "days.h"
#include "text.h"

#define DN_AGING_MAX_BUCKETS 32
#define DN_AGING_MAX_LABEL 63		/* bytes of one label */
#define DN_AGING_MAX_DAY 100000		/* an edge lies at most so many days away */
#define DN_AGING_MAX_MONTH 1200		/* or so many months */
#define DN_AGING_MAX_SHIFT 27		/* and so many days from those months */

typedef enum DnAgingUnit
{
	DN_AGING_DAYS = 0,
	DN_AGING_MONTHS,
	DN_AGING_ROLLING,
	DN_AGING_CALENDAR
} DnAgingUnit;

/* How far back a bucket reaches: months of its unit, and then days. */
typedef struct DnAgingEdge
{
	uint8_t		unit;			/* DnAgingUnit */
	uint8_t		zero;
	int16_t		months;			/* 0 for days */
	int32_t		days;
} DnAgingEdge;

/*
 * A scheme is flat, so that it is stored, copied and compared as bytes: behind
 * the edges come "count" bytes, each the length of one label, and then the
 * labels, not terminated.  A label that the range would have anyway is not
 * kept (length 0), which makes equal schemes equal bytes.
 */
typedef struct DnAging
{
	int32_t		count;			/* buckets */
	DnAgingEdge edge[];			/* count - 1, each further back than the one before */
} DnAging;

#define DN_AGING_MAX_BYTES \
	(sizeof(int32_t) + sizeof(DnAgingEdge) * (DN_AGING_MAX_BUCKETS - 1) + \
	 DN_AGING_MAX_BUCKETS * (1 + DN_AGING_MAX_LABEL))

/* Room for any scheme. */
typedef union DnAgingRoom
{
	DnAging		scheme;
	char		bytes[DN_AGING_MAX_BYTES];
} DnAgingRoom;

/*
 * A scheme on a day: the first due day of every bucket but the last one, which
 * is open; none is later than the one before it.  They are wide so that an
 * edge beyond an infinite day is beyond it still.
 */
typedef struct DnAgingCut
{
	int			edges;
	int64_t		from[DN_AGING_MAX_BUCKETS - 1];
} DnAgingCut;

extern bool dn_aging_parse(DnScan *s, DnAgingRoom *out);
extern void dn_aging_print(DnOut *out, const void *scheme);
extern size_t dn_aging_size(const DnAging *a);
extern bool dn_aging_valid(const DnAging *a, size_t size);
extern void dn_aging_put_label(DnOut *out, const DnAging *a, int bucket);
extern void dn_aging_cut(const DnAging *a, int32_t as_of, DnAgingCut *cut);
extern bool dn_aging_range(const DnAgingCut *cut, int64_t bucket, int32_t *from, int32_t *to);

/*
 * The bucket of an item that is due on a day: how many buckets begin after it.
 * The infinities need no case of their own.
 */
static inline int
dn_aging_bucket(const DnAgingCut *cut, int32_t due)
{
	int			low = 0;
	int			high = cut->edges;

	/* a few comparisons without a branch beat a search */
	if (high <= 8)
	{
		int			bucket = 0;

		while (low < high)
			bucket += due < cut->from[low++];
		return bucket;
	}
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (due < cut->from[middle])
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * An edge in days lies nearer to an infinite day than any other day does, so
 * that every other day is in the first or the last bucket.
 */
_Static_assert(DN_AGING_MAX_DAY < (int64_t) DN_DAY_NEVER - DN_DAY_LAST &&
			   DN_AGING_MAX_DAY < (int64_t) DN_DAY_FIRST - DN_DAY_EVER &&
			   DN_AGING_MAX_MONTH * 31 < DN_AGING_MAX_DAY,
			   "an infinite day must lie beyond every range");

#endif

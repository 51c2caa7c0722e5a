/*
 * core/aging.h: aging schemes: ranges of days past due that cover every day.
 *
 * The ranges are numbered from 0.  The first one is open below, the last one
 * open above, and each begins the day after the previous one ends; so the last
 * day of every bucket but the last says it all.
 */
#ifndef DN_AGING_H
#define DN_AGING_H

#include "days.h"
#include "text.h"

#define DN_AGING_MAX_BUCKETS 32
#define DN_AGING_MAX_LABEL 63		/* bytes of one label */
#define DN_AGING_MAX_DAY 100000		/* a range ends at most so many days from the due date */

/*
 * A scheme is flat, so that it is stored, copied and compared as bytes: behind
 * the last days come "count" bytes, each the length of one label, and then the
 * labels, not terminated.  A label that the range would have anyway is not
 * kept (length 0), which makes equal schemes equal bytes.
 */
typedef struct DnAging
{
	int32_t		count;			/* buckets */
	int32_t		last[];			/* count - 1 last days, increasing */
} DnAging;

#define DN_AGING_MAX_BYTES \
	(sizeof(int32_t) * DN_AGING_MAX_BUCKETS + \
	 DN_AGING_MAX_BUCKETS * (1 + DN_AGING_MAX_LABEL))

/* Room for any scheme. */
typedef union DnAgingRoom
{
	DnAging		scheme;
	char		bytes[DN_AGING_MAX_BYTES];
} DnAgingRoom;

extern bool dn_aging_parse(DnScan *s, DnAgingRoom *out);
extern void dn_aging_print(DnOut *out, const void *scheme);
extern size_t dn_aging_size(const DnAging *a);
extern bool dn_aging_valid(const DnAging *a, size_t size);
extern int	dn_aging_cmp(const DnAging *a, const DnAging *b);
extern void dn_aging_put_label(DnOut *out, const DnAging *a, int bucket);

/* The bucket of an item that is so many days past due. */
static inline int
dn_aging_bucket(const DnAging *a, int64_t days)
{
	int			bucket = 0;

	while (bucket < a->count - 1 && days > a->last[bucket])
		bucket++;
	return bucket;
}

/*
 * Days past due for the purpose of a bucket.  The infinities need no case of
 * their own: they lie further from any day than a range can reach, and are
 * zero days from themselves.
 */
_Static_assert(DN_AGING_MAX_DAY < (int64_t) DN_DAY_NEVER - DN_DAY_LAST &&
			   DN_AGING_MAX_DAY < (int64_t) DN_DAY_FIRST - DN_DAY_EVER,
			   "an infinite day must lie beyond every range");

static inline int64_t
dn_aging_days(int32_t due, int32_t as_of)
{
	return (int64_t) as_of - due;
}

#endif

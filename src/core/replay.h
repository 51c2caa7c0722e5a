/*
 * core/replay.h: what runs raise for one item from day to day.
 *
 * A run withdraws what is pending and would not be raised as it is any more,
 * then raises the step that is due, or all that are due for a rejection.  A replay
 * begins with the facts of before its first day, and with what people said on its
 * days: holds, handovers.  The reminders of its days it makes itself.  Where a run did raise the same step on
 * the same day, what became of that reminder is taken over: it was sent,
 * skipped or cancelled on a day.
 *
 * A replay sees all facts, or as_seen: each run sees those that were noted by
 * its day.  What a run of the replay does is noted on its day.
 */
#ifndef DN_REPLAY_H
#define DN_REPLAY_H

#include "decide.h"

/* From a day on the item has another procedure. */
typedef struct DnChange
{
	int32_t		from;
	const DnProcedure *procedure;
} DnChange;

typedef struct DnReplay
{
	DnItem		item;			/* facts and balance; its procedure is that of the first change */
	const DnChange *change;		/* in the order of their days; the first holds from the beginning */
	int			changes;
	int32_t		from;			/* first and last day */
	int32_t		to;
	bool		as_seen;		/* a run sees what was noted by its day */
	bool		sends;			/* what is raised is sent on its day, unless something else became of it */
	const int32_t *run;			/* days of the runs in their order; NULL: every day */
	int			runs;
	/* room for the facts of the replay: DN_FACTS_MAX each */
	DnFact	   *fact;
	char	   *names;			/* DN_FACTS_MAX * DN_NAME_MAX bytes */
	DnFacts		facts;			/* those that are known by now */
	DnFact	   *seen;			/* room for DN_FACTS_MAX more, if as_seen */
	/* where the replay stands */
	int			next;			/* of the runs */
	int32_t		day;
	bool		full;			/* there was no room for another fact */
} DnReplay;

typedef struct DnReplayed
{
	int32_t		day;
	bool		withdrawn;		/* otherwise raised */
	const DnFact *fact;			/* the reminder, in facts; NULL: nothing is done */
	const DnProcedure *procedure;
	int			level;			/* of the step; 0: the procedure has no such step any more */
	DnDecision	decision;		/* of what is raised */
} DnReplayed;

extern void dn_replay_begin(DnReplay *replay);
extern bool dn_replay_next(DnReplay *replay, DnReplayed *event);
extern bool dn_step_stands(const DnItem *item, const DnFact *fact, int32_t as_of);

#endif

/*
 * core/replay.h: what runs raise from day to day, for one item or for those of a customer.
 *
 * A run withdraws what is pending and would not be raised as it is any more,
 * then raises the step that is due, or all that are due for an event.  A replay
 * begins with the facts of before its first day, and with what people said on its
 * days: holds, handovers.  The reminders of its days it makes itself.  Where a run did raise the same step on
 * the same day, what became of that reminder is taken over: it was sent,
 * skipped or cancelled on a day.
 *
 * A replay sees all facts, or as_seen: each run sees those that were noted by
 * its day.  What a run of the replay does is noted on its day.
 *
 * The items of a customer are decided together, see core/customer.h.  A run withdraws
 * what is not right by itself, then what no item is due for any more, or what is too little
 * beside credits, until the rest is right, and raises what the customer takes.  Days on which
 * nothing can become another are passed over.
 */
#ifndef DN_REPLAY_H
#define DN_REPLAY_H

#include "customer.h"

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
	/* room for the facts of the replay */
	DnFact	   *fact;
	int			room;			/* for how many; 0: DN_FACTS_MAX */
	char	   *names;			/* those of the facts, and DN_NAME_MAX bytes for each channel that is none of them */
	DnFacts		facts;			/* those that are known by now */
	DnFact	   *seen;			/* room for as many more, if as_seen */
	DnFacts		known;			/* of the facts what a run of the day sees, if as_seen */
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

/* The replay of the items of a customer. */
typedef struct DnCustomerReplay
{
	DnCustomer	customer;		/* with its members; its procedure is that of the first change */
	DnMember   *member;			/* the same members: their balance and "all" are given, their facts are those of the replay */
	DnReplay   *item;			/* one a member: its item, facts of before and room for new ones */
	DnTaken    *taken;			/* room, one a member */
	int32_t    *look;			/* room, one a member: on which day to look at it again */
	const DnChange *change;		/* as of one item */
	int			changes;
	int32_t		from;
	int32_t		to;
	bool		as_seen;
	bool		sends;
	const int32_t *run;
	int			runs;
	/* where the replay stands */
	int			scale;
	int			phase;
	int			next;			/* of the runs */
	int32_t		day;
	int			at;				/* member and fact that are to be told next */
	int32_t		nth;
	bool		busy;			/* the run of the day did something */
	DnCustomerDecision decision;
	bool		full;
} DnCustomerReplay;

typedef struct DnCustomerReplayed
{
	int32_t		day;
	int			member;
	bool		needs_room;		/* nothing was done: give the replay of the member more room, and ask again */
	bool		withdrawn;		/* otherwise raised */
	const DnFact *fact;			/* the reminder, in the facts of the member */
	const DnProcedure *procedure;
	int			level;			/* of the step; 0: the procedure has no such step any more */
	int32_t		step_on;		/* of what is raised */
} DnCustomerReplayed;

extern void dn_customer_replay_begin(DnCustomerReplay *replay);
extern bool dn_customer_replay_next(DnCustomerReplay *replay, DnCustomerReplayed *event);
extern void dn_replay_begin(DnReplay *replay);
extern bool dn_replay_next(DnReplay *replay, DnReplayed *event);
extern bool dn_step_stands(const DnItem *item, const DnFact *fact, int32_t as_of);

#endif

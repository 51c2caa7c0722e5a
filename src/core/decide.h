/*
 * core/decide.h: which step of a procedure is next for an item, on which day,
 * why, and until when that answer holds.
 *
 * The decision of a day sees the facts of that day: a reminder that is raised
 * later has not been raised, one that is cancelled later stands.
 *
 * A payment that is rejected has steps of its own, and so has a promise or plan that
 * broke: those of the last event of each kind go before the ladder while they are due.
 * All that are due for it on a day are taken on it; those of the other kind, and the
 * ladder, go on on the day after.  They neither count as steps of the ladder nor does
 * its wait count from them.  A later promise or plan takes the place of one that broke.
 */
#ifndef DN_DECIDE_H
#define DN_DECIDE_H

#include "balance.h"
#include "calendar.h"
#include "facts.h"
#include "procedure.h"

typedef enum DnState
{
	DN_STATE_DUE,
	DN_STATE_SCHEDULED,
	DN_STATE_HELD,
	DN_STATE_BELOW_MINIMUM,
	DN_STATE_EXHAUSTED,
	DN_STATE_SETTLED,
	DN_STATE_HANDED_OVER
} DnState;

/* Which fact made the state, and of which day it is. */
typedef enum DnReason
{
	DN_REASON_DUE_DATE,			/* the step counts from the due date */
	DN_REASON_REMINDER,			/* the step waits for, or follows, the last reminder */
	DN_REASON_HOLD,				/* a hold is in force, or the step waits since its end */
	DN_REASON_HANDOVER,
	DN_REASON_MINIMUM,			/* the open amount is below the minimum of the step */
	DN_REASON_PAYMENT,			/* nothing is open */
	DN_REASON_REJECT,			/* the step counts from a rejection */
	DN_REASON_CREDIT,			/* credits of the customer are as high as what he is asked for */
	DN_REASON_BROKEN			/* the step counts from a promise or plan that broke */
} DnReason;

typedef struct DnItem
{
	const DnProcedure *procedure;
	const DnCalendar *calendar; /* NULL: all days are business days */
	int32_t		due_on;

	/* The open amount in 10^-scale: that of the day, if there is a history. */
	const DnHistory *balance;
	bool		has_open;
	DnWide		open;
	int			scale;
	const char *currency;		/* of the amount; NULL: not known */

	/* The same for the steps that a person takes, where a part is held from the others alone. */
	const DnHistory *by_hand;	/* NULL: the same */
	bool		has_hand;
	DnWide		hand;
	int			hand_scale;

	/* The facts, or a short form of them if there are none. */
	const DnFacts *facts;
	int32_t		last_level;		/* steps that are done */
	bool		has_last;
	int32_t		last_on;		/* day of the last reminder, if has_last */
	bool		held;
	int32_t		held_until;		/* the last day of the hold, if held */

	bool		pending;		/* asked of what is pending: holds that only keep new steps back are not seen */
} DnItem;

typedef struct DnDecision
{
	DnState		state;
	int			level;			/* of the step, from 1; 0: no step */
	int32_t		occurrence;		/* of the step, from 1 */
	uint64_t	also;			/* bit level - 1: the other steps of an event that are due with this one */
	int32_t		step_on;		/* day of the step, where there is one */
	bool		has_until;
	int32_t		until;			/* last day of the hold that is in force */
	DnReason	reason;
	bool		has_reason_day;
	int32_t		reason_on;
	const DnFact *fact;			/* the reminder, hold, handover or event of the reason, if there is one */
	const DnFact *last;			/* the last reminder that counts, if there is one */
	int32_t		last_on;		/* the day from which it counts */
	bool		changes;
	int32_t		changes_on;		/* first later day with another answer */
} DnDecision;

/* How far an item is on a day, for the decision on its customer. */
typedef struct DnProgress
{
	int			done;			/* steps of the ladder that are done */
	bool		by_hand;		/* a hold stops its automatic steps */
	int			pending;		/* the step of its last reminder that is still to be sent, from 1; 0: none, or no step any more */
	int32_t		last_on;		/* the day on which that was raised; DN_DAY_EVER: none */
	int32_t		sent_on;		/* the last day on which a reminder was sent or skipped; DN_DAY_EVER: none */
	int32_t		event_on;		/* the last day on which the step of an event was raised; DN_DAY_EVER: none */
} DnProgress;

extern void dn_decide(const DnItem *item, int n, int32_t as_of, DnDecision *decision);
extern void dn_decide_day(const DnItem *item, int32_t as_of, DnDecision *decision);
extern DnState dn_step_state(const DnItem *item, int level, int32_t occurrence, int32_t as_of);
extern bool dn_counts(const DnItem *item, const DnWhen *when, int32_t raised_on, int32_t as_of);
extern int	dn_find_step(const DnProcedure *p, const DnWhen *when, const char *channel, size_t len);
extern bool dn_nothing_due(const DnProcedure *p, const DnWhen *when, const char *channel, size_t len, int32_t due_on, int32_t day);
extern void dn_progress(const DnItem *item, int32_t day, DnProgress *progress);
extern int32_t dn_occurrence(const DnItem *item, int level, int32_t day);
extern int32_t dn_next_day(const DnItem *item, int32_t day);
extern int32_t dn_business_day(const DnItem *item, int32_t day);
extern bool dn_by_hand(const DnItem *item, int32_t day, DnWide *open, int *scale);

#endif

/*
 * core/decide.h: which step of a procedure is next, on which day, and until
 * when that answer holds.
 */
#ifndef DN_DECIDE_H
#define DN_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

/* What next_step asks of a step, in a form as small as the answer needs. */
typedef struct DnStepDay
{
	int32_t		offset;
	int32_t		wait;			/* the step's own or the procedure's */
	bool		below;			/* the open amount is below its minimum */
} DnStepDay;

typedef enum DnState
{
	DN_STATE_DUE,
	DN_STATE_SCHEDULED,
	DN_STATE_HELD,
	DN_STATE_BELOW_MINIMUM,
	DN_STATE_EXHAUSTED,
	DN_STATE_SETTLED
} DnState;

/* The situation of an item. */
typedef struct DnSituation
{
	int32_t		due_on;
	int32_t		as_of;
	int32_t		last_level;		/* 0: none yet */
	bool		has_last;
	int32_t		last_on;		/* day of the last reminder, if has_last */
	bool		settled;		/* the open amount is known and not above zero */
	bool		held;
	int32_t		held_until;		/* the last day of the hold, if held */
} DnSituation;

typedef struct DnAnswer
{
	DnState		state;
	int			level;			/* 0: no step */
	int32_t		due_on;			/* day of the step, where there is one */
	bool		changes;
	int32_t		changes_on;		/* first later day with another answer */
} DnAnswer;

extern void dn_next_step(const DnStepDay *step, int n, bool jump,
						 const DnSituation *situation, DnAnswer *answer);
extern DnState dn_step_state(const DnStepDay *step, int n, int level,
							 const DnSituation *situation);

#endif

/*
 * penalty/interest.h: what a debt has cost by a rule, and how it came about.
 *
 * There is one walk over the days of interest; who wants to know more than its
 * outcome gives it a visitor, which is told of every segment and payment.  Of a
 * dated debt the history is what stands: see dunning_undo_returns.
 */
#ifndef DUNNING_PENALTY_INTEREST_H
#define DUNNING_PENALTY_INTEREST_H

#include "core/balance.h"
#include "core/interest.h"
#include "penalty/penalty.h"
#include "utils/date.h"
#include "utils/numeric.h"

/* A debt: either one amount that is open all the time, or dated movements. */
typedef struct DunningDebt
{
	DnRule		rule;
	DateADT		due_on;
	DateADT		as_of;
	bool		professional;	/* the debtor, for the compensation */
	bool		dated;
	DnHistory	history;		/* of a dated one */
	const DnHistory *paused;	/* NULL, or of a dated one: the amount that bears no interest, from day to day */
	Numeric		amount;			/* of any other: its absolute value */
	bool		negative;		/* and its sign */
	const char *currency;		/* for the late fees; NULL if it is not known */
} DunningDebt;

/* Why a segment begins where it does; several may hold. */
#define DUNNING_SINCE_START		1
#define DUNNING_SINCE_MOVEMENT	2
#define DUNNING_SINCE_ADDED		4	/* interest was added to what bears interest */
#define DUNNING_SINCE_RATE		8
#define DUNNING_SINCE_YEAR		16	/* its days weigh otherwise */
#define DUNNING_SINCE_PAUSE		32	/* another amount bears no interest */

/* A segment's numbers have the sign of an amount above zero. */
typedef struct DunningSegment
{
	DnSpan		span;
	int			since;
	Numeric		base;			/* what bears interest, to DUNNING_SHOWN decimals */
	Numeric		interest;		/* before rounding, likewise */
	Numeric		carried;		/* left out by the rounding so far, likewise */
	Numeric		amount;			/* what the segment adds to the rounded interest */
} DunningSegment;

/* A late fee that has arisen. */
typedef struct DunningLateFee
{
	const DnLateFee *fee;
	DnFeeEvent	event;
	Numeric		base;			/* what was open, or the original amount, with unpaid fees if it is compounded */
	Numeric		amount;			/* above zero */
	bool		cut;			/* to what was left of its limit */
} DunningLateFee;

#define DUNNING_SHOWN 10		/* decimals of what is not rounded yet */

/* What a payment went to. */
typedef enum DunningPart
{
	DUNNING_COSTS,
	DUNNING_INTEREST,
	DUNNING_PRINCIPAL,
	DUNNING_CREDIT,				/* nothing yet */
	DUNNING_RETURNED,			/* back to the debtor */
	DUNNING_PARTS
} DunningPart;

/* Its parts add up to the amount, on its day and ever after. */
typedef struct DunningPaid
{
	DateADT		on_day;
	Numeric		amount;			/* above zero */
	Numeric		part[DUNNING_PARTS];
} DunningPaid;

typedef struct DunningVisitor
{
	void		(*segment) (void *arg, const DunningSegment *segment);
	void		(*payment) (void *arg, const DunningPaid *paid);
	void		(*shift) (void *arg, DunningPart from, DunningPart to, Numeric amount);	/* of payments so far */
	void		(*fee) (void *arg, const DunningLateFee *fee);
	void	   *arg;
	int32	   *missing;		/* if not NULL: where no rate is known the walk ends and says so */
	Numeric    *fees;			/* if not NULL: gets the late fees */
	bool		fees_alone;		/* interest is not computed, and no rate needed */
} DunningVisitor;

extern void dunning_debt_of_amount(DunningDebt *debt, Numeric amount);
extern bool dunning_is_late(const DnRule *rule, DateADT due_on, DateADT as_of);
extern void dunning_raise_late(const DnRule *rule, DateADT due_on, DateADT as_of,
							   DnLate late, int32 missing);
extern char *dunning_late_problem(const DnRule *rule, DnLate late, int32 missing);
extern Numeric dunning_accrue(const DunningDebt *debt, bool late, const DunningVisitor *visitor);
extern Numeric dunning_late_fees(const DunningDebt *debt, bool late, int32 *missing);
extern void dunning_visit_fees(const DunningDebt *debt, DunningVisitor *visitor);
extern Numeric dunning_charge(const DunningDebt *debt, Numeric interest);
extern Numeric dunning_history_interest(const DunningDebt *debt);
extern Numeric dunning_shown_amount(const DnHistory *h, DnWide units);
extern Numeric dunning_late_measure(const DunningDebt *debt, int32 *late_on);
extern bool dunning_is_plain(const DnClauses *t);
extern Numeric dunning_amount_interest(const DnRule *rule, struct varlena *amount,
									   DateADT due_on, DateADT as_of, int64 sum);
extern Numeric dunning_amount_compensation(const DnRule *rule, struct varlena *amount,
										   bool late, bool professional);
extern Numeric dunning_amount_fees(const DnRule *rule, struct varlena *amount, DateADT due_on, DateADT as_of,
								   bool late, bool professional, const char *currency);
extern void dunning_check_decimals(int32 decimals);
extern Numeric dunning_compensation(const DnRule *rule, Numeric measure, bool professional);

#endif

/*
 * core/allocate.h: what each part of an item has received of its payments.
 *
 * A payment that names a part pays it.  The others fill the parts in the order
 * of their due dates, on one day in that of their numbers.  What is too much
 * stays with the last part in that order, and what is taken back beyond zero
 * with the first.  The parts of a negative item mirror all signs.
 *
 * All amounts are whole units of one 10^-scale, which the caller chooses.
 */
#ifndef DN_ALLOCATE_H
#define DN_ALLOCATE_H

#include "terms.h"
#include "wide.h"

/* All amounts of an item, without sign, add up to less than 2^DN_ALLOCATE_BITS. */
#define DN_ALLOCATE_BITS 126

/* An amount and the decimals with which it is shown, as those of a numeric. */
typedef struct DnShown
{
	DnWide		units;
	int			dscale;
} DnShown;

typedef struct DnPayment
{
	DnWide8		units;
	int32_t		day;
	int32_t		part;			/* that it names; it names none if there is no such part */
	int32_t		dscale;
} DnPayment;

typedef struct DnAllocation
{
	int			n;				/* parts */
	bool		negative;		/* the item */
	DnUWide		size;			/* of all amounts so far, without sign */
	int			order[DN_PARTS_MAX];	/* in which they are filled */
	DnShown		amount[DN_PARTS_MAX];
	DnShown		named[DN_PARTS_MAX];	/* what names the part */
	DnShown		unnamed;		/* what names none, shown as all of it together */
} DnAllocation;

extern void dn_fill_order(const int32_t *due_on, int n, int *order);
extern bool dn_allocation_begin(DnAllocation *a, bool negative, int n,
								const int32_t *due_on, const DnShown *amount);
extern bool dn_allocation_pay(DnAllocation *a, const DnPayment *p);
extern void dn_allocate(const DnAllocation *a, DnShown *received);

extern void dn_sort_payments(DnPayment *p, int32_t n);

#endif

/*
 * core/figures.h: what receivables were on several days, and the figures of the
 * trade that follow from it.
 *
 * A series has days that are asked for, and dates: these days, and the ends of
 * the months before each of them.  The month before a month's end ends with the
 * month before; before any other day it ends on the same day of the month before.
 * A date has changes since the date before: of what is open, of what is overdue
 * of it, of what is overdue by more than 90 days, and of what was sold.  So a
 * movement is a few additions, whatever the number of days.
 *
 * Amounts are whole numbers of 10^-scale.  Quotients are exact until they are
 * rounded once, half away from zero, to DN_FIGURE_DECIMALS.
 */
#ifndef DN_FIGURES_H
#define DN_FIGURES_H

#include "days.h"
#include "wide.h"

#define DN_FIGURES_MAX_DAYS 10000	/* days that are asked for */
#define DN_FIGURES_MAX_DATES 20000	/* with the ends of the months before */
#define DN_FIGURES_MAX_MONTHS 120
#define DN_FIGURE_DIGITS 34		/* digits of a sum */
#define DN_FIGURE_DECIMALS 2	/* of a figure */
#define DN_FIGURES_OLD 90		/* days past due beyond which an amount is old */
#define DN_FIGURES_MONTH 30		/* days of a month, where months are taken as equal */

/* The changes on a date, or sums of them. */
typedef struct DnTally
{
	DnWide8		open;
	DnWide8		overdue;
	DnWide8		old;
	DnWide8		sold;
} DnTally;

typedef struct DnFigureSeries
{
	int32_t		days;
	int32_t		dates;
	int			months;			/* of the sales that the open amount is set against */
	int			back;			/* at most that many are counted back */
	const int32_t *day;			/* ascending */
	const int32_t *date;		/* ascending */
} DnFigureSeries;

/* Which figures are there.  One that is not has no meaning, such as a quotient by zero. */
typedef enum DnFigureKind
{
	DN_DSO,
	DN_BEST_DSO,
	DN_DELINQUENT,				/* the difference of the two */
	DN_COUNT_BACK,
	DN_EFFECTIVENESS,
	DN_OVERDUE_PERCENT,
	DN_OLD_PERCENT,
	DN_FIGURES
} DnFigureKind;

typedef struct DnFigures
{
	DnTally		at;				/* on the day; sold: in its months */
	int32_t		sales_days;		/* days of its months */
	bool		there[DN_FIGURES];
	DnWide8		value[DN_FIGURES];	/* of 10^-DN_FIGURE_DECIMALS */
} DnFigures;

extern int32_t dn_months_before(int32_t day, int months);
extern int32_t dn_figure_dates(const int32_t *day, int32_t days, int months, int back, int32_t *date);
extern int32_t dn_figure_entry(const DnFigureSeries *s, int32_t day);
extern bool dn_figure_add(const DnFigureSeries *s, DnTally *tally, DnWide units, int32_t day, int32_t due);
extern bool dn_figure_sell(const DnFigureSeries *s, DnTally *tally, DnWide units, int32_t day);
extern bool dn_figure_sums(const DnFigureSeries *s, DnTally *tally);
extern void dn_figures(const DnFigureSeries *s, const DnTally *sum, int32_t i,
					   bool equal_months, bool monthly_sales, DnFigures *f);

extern bool dn_ratio(DnWide a, int64_t factor, DnWide b, DnWide *quotient);
extern bool dn_count_back(DnWide open, const DnWide8 *sold, const int32_t *days, int n, DnWide *figure);

#endif

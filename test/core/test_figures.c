/* test_figures.c: figures of random movements against each day by itself */
#include "core/figures.h"

#include <stdlib.h>

#include "mutate.h"
#include "tap.h"

#define DAYS 12
#define MOVES 40

typedef struct Move
{
	int64_t		units;
	int32_t		day;
	int32_t		due;
	bool		sale;
} Move;

static int64_t
sum_of(const Move *m, int n, int32_t from, int32_t to, int32_t past_due, bool sold)
{
	int64_t		sum = 0;
	int			i;

	for (i = 0; i < n; i++)
		if (m[i].day > from && m[i].day <= to && (!sold || m[i].sale) &&
			(past_due < 0 || (m[i].due != DN_DAY_NEVER && to - m[i].due > past_due)))
			sum += m[i].units;
	return sum;
}

/* a * factor * 100 / b, rounded half away from zero, where all is small */
static int64_t
rounded(int64_t a, int64_t factor, int64_t b)
{
	DnWide		n = (DnWide) (a < 0 ? -a : a) * factor * 200 + b;

	return (int64_t) (n / (2 * (DnWide) b)) * (a < 0 ? -1 : 1);
}

static bool
same(const DnFigures *f, DnFigureKind kind, int64_t a, int64_t factor, int64_t b)
{
	return f->there[kind] == (b > 0) && (b <= 0 || f->value[kind] == rounded(a, factor, b));
}

/* The days before, by the calendar and not by the code under test. */
static int32_t
month_before(int32_t day, int months)
{
	int32_t		year,
				y;
	int			month,
				dom,
				m,
				d;
	int32_t		back;

	dn_civil(day, &year, &month, &dom);
	for (back = day; months > 0; months--)
	{
		/* the last day of the month before, then back to the day of the month */
		dn_civil(back, &y, &m, &d);
		back -= d;
	}
	dn_civil(back, &y, &m, &d);
	if (back == day || dom == dn_month_length(year, month))
		return back;
	return dom < d ? back - (d - dom) : back;
}

static bool
agrees(void)
{
	int32_t		day[DAYS];
	int32_t		days = 1 + (int32_t) mutate_random(DAYS);
	int			months = 1 + (int) mutate_random(13);
	int			back = (int) mutate_random(15);
	int32_t		date[DAYS * 17];
	DnTally		tally[DAYS * 17];
	Move		move[MOVES];
	int			moves = (int) mutate_random(MOVES);
	bool		equal = mutate_random(2) == 0;
	bool		monthly = mutate_random(2) == 0;
	DnFigureSeries s = {days, 0, months, back, day, date};
	int32_t		at = 9000 + (int32_t) mutate_random(1500);
	int32_t		i;
	int			k;

	memset(tally, 0, sizeof(tally));
	for (i = 0; i < days; i++)
	{
		day[i] = at;
		at = mutate_random(2) == 0 ? at + 1 + (int32_t) mutate_random(70) : month_before(at + 62 - (at % 3), 1) + 1;
		if (at <= day[i])
			at = day[i] + 1;
	}
	s.dates = dn_figure_dates(day, days, months, back, date);
	for (i = 0; i < moves; i++)
	{
		move[i].units = (int64_t) mutate_random(2000000) - 700000;
		move[i].day = 8500 + (int32_t) mutate_random(3000);
		move[i].due = mutate_random(10) == 0 ? DN_DAY_NEVER : move[i].day + (int32_t) mutate_random(120) - 20;
		move[i].sale = mutate_random(2) == 0;
		if (!dn_figure_add(&s, tally, move[i].units, move[i].day, move[i].due) ||
			(move[i].sale && !dn_figure_sell(&s, tally, move[i].units, move[i].day)))
			return false;
	}
	if (!dn_figure_sums(&s, tally))
		return false;
	for (i = 0; i < days; i++)
	{
		DnFigures	f;
		int32_t		from = month_before(day[i], months);
		int64_t		open = sum_of(move, moves, INT32_MIN, day[i], -1, false);
		int64_t		overdue = sum_of(move, moves, INT32_MIN, day[i], 0, false);
		int64_t		old = sum_of(move, moves, INT32_MIN, day[i], 90, false);
		int64_t		begin = sum_of(move, moves, INT32_MIN, from, -1, false);
		int64_t		sold = sum_of(move, moves, from, day[i], -1, true);
		int64_t		n = equal ? 30 * months : day[i] - from;
		int64_t		parts = monthly ? months : 1;
		int64_t		left = open;
		int64_t		whole = 0;

		dn_figures(&s, tally, i, equal, monthly, &f);
		if (f.at.open != open || f.at.overdue != overdue || f.at.old != old || f.at.sold != sold || f.sales_days != n ||
			!same(&f, DN_DSO, open, n, sold) || !same(&f, DN_BEST_DSO, open - overdue, n, sold) ||
			(sold > 0 && f.value[DN_DELINQUENT] != f.value[DN_DSO] - f.value[DN_BEST_DSO]) ||
			!same(&f, DN_EFFECTIVENESS, (begin - open) * parts + sold, 100, (begin - open + overdue) * parts + sold) ||
			!same(&f, DN_OVERDUE_PERCENT, overdue, 100, open) || !same(&f, DN_OLD_PERCENT, old, 100, open))
			return false;
		for (k = 0; k < back && left > 0; k++)
		{
			int32_t		start = month_before(day[i], k + 1);
			int32_t		end = month_before(day[i], k);
			int64_t		month = sum_of(move, moves, start, end, -1, true);

			n = equal ? 30 : end - start;
			if (left < month)
			{
				whole += rounded(left, n, month);
				left = 0;
				break;
			}
			whole += n * 100;
			left -= month;
		}
		if (f.there[DN_COUNT_BACK] != (back > 0 && left <= 0) || (f.there[DN_COUNT_BACK] && f.value[DN_COUNT_BACK] != whole))
			return false;
	}
	return true;
}

int
main(void)
{
	DnWide		q = 0;
	int			wrong = 0;
	int			i;
	static const DnWide8 months[] = {120000, 80000, 70000};
	static const int32_t days[] = {30, 31, 30};
	static const int32_t zeros[] = {31, 28, 31};
	static const DnWide8 none[] = {0, 0, -100};
	DnWide		most = dn_power(DN_FIGURE_DIGITS) - 1;

	ok(dn_ratio(30000, 90, 60000, &q) && q == 4500, "30,000 of 60,000 in 90 days are 45 days");
	ok(dn_ratio(1, 1, 200, &q) && q == 1 && dn_ratio(-1, 1, 200, &q) && q == -1, "a half is rounded away from zero");
	ok(!dn_ratio(1, 1, 0, &q) && !dn_ratio(1, 1, -5, &q), "no quotient of nothing sold, or less");
	ok(dn_ratio(most, 3650, most, &q) && q == 365000, "the largest amounts have a quotient");
	ok(dn_ratio(most - 1, 36500, most, &q) && q == 3650000, "and it is rounded once");
	ok(dn_count_back(250000, months, days, 3, &q) && q == 8243, "two months and 500 of 700: 82.43 days");
	ok(dn_count_back(120000, months, days, 3, &q) && q == 3000, "a month to the cent");
	ok(!dn_count_back(270001, months, days, 3, &q), "a history that is exhausted gives none");
	ok(dn_count_back(270000, months, days, 3, &q) && q == 9100, "the last cent of it does");
	ok(dn_count_back(0, months, days, 3, &q) && q == 0 && dn_count_back(-5, none, zeros, 0, &q) && q == 0, "nothing open is no day");
	ok(!dn_count_back(1, none, zeros, 3, &q), "months without sales pass, and credit notes are owed with them");
	is_int(dn_months_before((int32_t) dn_civil_day(2025, 2, 28), 1), dn_civil_day(2025, 1, 31), "before 28 February 2025 comes 31 January");
	is_int(dn_months_before((int32_t) dn_civil_day(2024, 3, 30), 1), dn_civil_day(2024, 2, 29), "before 30 March 2024 comes 29 February");
	for (i = 0; i < 20000; i++)
		if (!agrees())
			wrong++;
	is_int(wrong, 0, "20,000 random books have the figures of each day by itself");
	return done_testing();
}

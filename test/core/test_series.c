/* test_series.c: the steps of a movement against the bucket of every date */
#include "core/series.h"

#include <stdlib.h>

#include "mutate.h"
#include "tap.h"

#define DATES 60

static const char *const schemes[] = {
	"..", "30", "30,60,90", "under 30,60,90", "7,14; today apart", "..-30, ..-1, ..30, ..",
	"1 month, 2 months, 6 months", "1 calendar month, 2 calendar months", "1 rolling month, 3 rolling months",
	"..-1 month, ..0, ..1 month - 3 days, ..2 months + 5 days, ..",
	"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30"
};

/* Ascending dates, near each other or far, some across leap years and short months. */
static int32_t
make_dates(int32_t *date)
{
	int32_t		n = 1 + (int32_t) mutate_random(DATES);
	int32_t		most = mutate_random(2) == 0 ? 3 : 60;
	int32_t		day = 9000 + (int32_t) mutate_random(2000);
	int32_t		j;

	for (j = 0; j < n; j++)
		date[j] = day += 1 + (int32_t) mutate_random((uint64_t) most);
	return n;
}

static int32_t
make_day(void)
{
	switch (mutate_random(20))
	{
		case 0:
			return DN_DAY_EVER;
		case 1:
			return DN_DAY_NEVER;
		default:
			return 8800 + (int32_t) mutate_random(6000);
	}
}

/* Whether the cells of random movements add up to what each date has by itself. */
static bool
agrees(const DnAging *a)
{
	int32_t		date[DATES];
	int32_t		dates = make_dates(date);
	int32_t		slots = a->count + 1;
	size_t		cells = (size_t) (dates * slots);
	int64_t    *from = malloc((size_t) dates * (size_t) a->count * sizeof(int64_t));
	DnWide8    *cell = calloc(cells, sizeof(DnWide8));
	int64_t    *want = calloc(cells, sizeof(int64_t));
	DnSeries	s = {dates, slots, date, from};
	bool		good = dn_series_days_valid(date, dates) && dn_series_fill(a, date, dates, from);
	int			i;
	int32_t		j;

	for (i = 0; i < 50 && good; i++)
	{
		int32_t		day = make_day();
		int32_t		due = make_day();
		bool		undated = mutate_random(10) == 0;
		int64_t		units = (int64_t) mutate_random(2000) - 1000;
		DnPath		path;
		DnAgingCut	cut;

		if (undated)
			dn_series_undated(&s, &path);
		else
			dn_series_path(&s, due, &path);
		good = dn_series_add(&s, &path, dn_series_entry(&s, day, 0), units, cell);
		for (j = 0; j < dates; j++)
		{
			dn_aging_cut(a, date[j], &cut);
			if (date[j] >= day)
				want[j * slots + (undated ? a->count : dn_aging_bucket(&cut, due))] += units;
		}
	}
	for (j = 0; j < dates * slots; j++)
	{
		if (j >= slots)
			cell[j] += cell[j - slots];
		good = good && cell[j] == want[j];
	}
	free(want);
	free(cell);
	free(from);
	return good;
}

static void
read_scheme(const char *text, DnAgingRoom *room)
{
	DnScan		s;

	dn_scan_init(&s, text, strlen(text));
	if (!dn_aging_parse(&s, room))
		ok(false, "is read: %s", text);
}

static void
test_limits(void)
{
	int32_t		date[3] = {100, 200, 300};
	int64_t		from[3];
	DnAgingRoom room;
	DnSeries	s = {3, 3, date, from};
	DnPath		path;
	DnWide8		cell[9] = {0};
	DnWide		most = ((DnWide) INT64_MAX << 64) + (DnWide) UINT64_MAX;

	ok(dn_series_days_valid(date, 3), "ascending days");
	date[1] = 100;
	ok(!dn_series_days_valid(date, 3), "not the same day twice");
	date[1] = DN_DAY_NEVER;
	ok(!dn_series_days_valid(date, 2), "nor an infinite one");
	date[1] = 200;
	read_scheme("..0, ..", &room);
	ok(dn_series_fill(&room.scheme, date, 3, from), "two buckets");
	dn_series_path(&s, 150, &path);
	is_int(dn_series_entry(&s, 301, 0), 3, "a movement after the last date");
	ok(dn_series_add(&s, &path, 3, 5, cell) && cell[0] == 0 && cell[6] == 0, "has no step");
	ok(dn_series_add(&s, &path, 0, most, cell), "a cell holds much");
	ok(!dn_series_add(&s, &path, 0, 1, cell), "but not more");
}

int
main(void)
{
	size_t		i;
	int			n;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
	{
		DnAgingRoom room;
		int			good = 0;

		read_scheme(schemes[i], &room);
		for (n = 0; n < 500; n++)
			good += agrees(&room.scheme);
		is_int(good, 500, "each date of 500 series has what it has by itself: %s", schemes[i]);
	}
	test_limits();
	return done_testing();
}

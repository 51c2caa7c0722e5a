/*
 * fuzz_terms.c: any bytes as payment terms: refused with a reason, or accepted
 * with a canonical text that reads back to the same terms, and with due dates
 * and parts that keep their promises.
 */
#include "core/terms.h"

#include <stdlib.h>
#include <string.h>

static DnTermsRoom room;
static DnTermsRoom room2;

#define HOLDS(condition) do { if (!(condition)) abort(); } while (0)

static void
reads_back(void (*print) (DnOut *, const void *), const void *value, const DnTerms *t)
{
	DnOut		out = {NULL, 0, 0};
	DnTerms		again;
	DnError		err;

	print(&out, value);
	out.cap = out.len;
	out.buf = malloc(out.cap > 0 ? out.cap : 1);
	HOLDS(out.buf != NULL);
	out.len = 0;
	print(&out, value);
	HOLDS(out.len == out.cap);
	HOLDS(dn_parse_terms(out.buf, out.len, &room2, &again, &err));
	HOLDS(again.n_parts == t->n_parts && again.n_discounts == t->n_discounts && again.n_moves == t->n_moves &&
		  again.shift == t->shift && again.tax == t->tax);
	HOLDS(memcmp(again.part, t->part, (size_t) t->n_parts * sizeof(DnPart)) == 0);
	HOLDS(memcmp(again.discount, t->discount, (size_t) t->n_discounts * sizeof(DnDiscount)) == 0);
	HOLDS(memcmp(again.move, t->move, (size_t) t->n_moves * sizeof(DnMove)) == 0);
	free(out.buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int32_t issued[] = {DN_DAY_EVER, DN_DAY_FIRST, 0, 8824, DN_DAY_LAST, DN_DAY_NEVER};
	static const int64_t amount[] = {0, 1, -1, 10000, -999999, INT64_C(900000000000000000), INT64_MIN};
	DnCalendar	weekends = {DN_WEEKEND_DEFAULT, 0, NULL};
	DnTerms		t;
	DnError		err = {DN_OK, 0, NULL};
	size_t		i;
	int			k;

	if (!dn_parse_terms((const char *) data, size, &room, &t, &err))
	{
		HOLDS(err.code != DN_OK && err.at <= size && err.what != NULL);
		return 0;
	}
	HOLDS(dn_terms_valid(&t));
	reads_back(dn_print_terms, &t, &t);
	for (k = 0; k < DN_LANGUAGES; k++)
	{
		DnDescribed d = {&t, (DnLanguage) k};

		reads_back(dn_describe_terms, &d, &t);
	}
	for (i = 0; i < sizeof(issued) / sizeof(issued[0]); i++)
	{
		int32_t		day;

		if (dn_due_date(&t, &weekends, issued[i], &day) == DN_DAY_FOUND)
			HOLDS(!dn_day_finite(day) || (day >= DN_DAY_FIRST && day <= DN_DAY_LAST));
	}
	for (i = 0; i < sizeof(amount) / sizeof(amount[0]); i++)
	{
		int64_t		parts[DN_PARTS_MAX];
		int64_t		sum = 0;

		if (!dn_split(&t, amount[i], (int) i % 5, parts))
			continue;
		for (k = 0; k < t.n_parts; k++)
			sum += parts[k];
		HOLDS(sum == amount[i]);
	}
	return 0;
}

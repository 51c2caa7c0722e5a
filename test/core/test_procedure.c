/* test_procedure.c: dunning procedures of core/procedure.c */
#include "core/procedure.h"

#include "mutate.h"
#include "tap.h"

static DnProcedureRoom room;
static DnProcedureRoom room2;

static void
mutations(void)
{
	static const char *const seeds[] = {
		"-3 email \"Alert\"; 5 email; 15 letter \"Form\"\"al\" fee 15.00 EUR min 50.00 EUR wait 7 manual; wait 3; mode jump",
		"5 email; 10 phone; 15 registered_letter \"Mise en demeure\" manual; mode stepwise", "+0 sms", "-36500 a; 36500 b wait 3650"
	};
	int			accepted = 0,
				wrong = 0;
	int			i;

	for (i = 0; i < 200000; i++)
	{
		size_t		len,
					out_len,
					again_len;
		char	   *text = mutate(seeds[i % 4], &len);
		DnProcedure p,
					again;
		DnError		err = {DN_OK, 0, NULL};

		if (dn_parse_procedure(text, len, &room, &p, &err))
		{
			char	   *out = printed(dn_print_procedure, &p, &out_len);

			accepted++;
			if (!dn_parse_procedure(out, out_len, &room2, &again, &err))
				wrong++;
			else
			{
				char	   *out2 = printed(dn_print_procedure, &again, &again_len);

				wrong += out_len != again_len || memcmp(out, out2, out_len) != 0 || p.n != again.n ||
					memcmp(p.step, again.step, (size_t) p.n * sizeof(DnStep)) != 0 ||
					p.texts_len != again.texts_len || memcmp(p.texts, again.texts, p.texts_len) != 0;
				free(out2);
			}
			free(out);
		}
		else
			wrong += err.code == DN_OK || err.at > len || err.what == NULL;
		free(text);
	}
	ok(wrong == 0 && accepted > 10000 && accepted < 190000, "mutated procedures are refused with a reason or read back (%d accepted, %d wrong)", accepted, wrong);
}

/* The first steps of two procedures, as many as are the same. */
static int
same_up_to(const char *a, const char *b)
{
	DnProcedure p,
				q;
	DnError		err;
	int			n = 0;

	if (!dn_parse_procedure(a, strlen(a), &room, &p, &err) || !dn_parse_procedure(b, strlen(b), &room2, &q, &err))
		return -1;
	while (n < 5 && dn_same_steps(&p, &q, n + 1) && dn_same_steps(&q, &p, n + 1))
		n++;
	return n;
}

static void
same_steps(void)
{
	ok(same_up_to("-3 email; 5 email; 15 letter \"M\"", "5 email; 15 letter \"M\"; 45 handover") == 0, "a first step that went");
	ok(same_up_to("5 email \"R\"; 15 letter", "5 email \"R\"; 20 letter; 30 phone") == 1, "another day");
	ok(same_up_to("5 email; 15 letter", "5 email; 15 phone") == 1, "another channel");
	ok(same_up_to("5 email; 15 letter \"Formal\"", "5 email; 15 letter \"formal\"") == 1, "another label");
	ok(same_up_to("5 ab \"c\"", "5 a \"bc\"") == 0, "a channel and a label that end elsewhere");
	ok(same_up_to("5 email; 15 letter", "5 email; 15 letter; 30 phone") == 2, "a step more");
	ok(same_up_to("5 email fee 1 EUR; 15 letter; wait 3", "5 email min 9 EUR wait 4 manual; 15 letter; mode jump") == 5,
	   "fees, minimums, waits and modes do not matter, nor steps that neither has");
}

int
main(void)
{
	same_steps();
	mutations();
	return done_testing();
}

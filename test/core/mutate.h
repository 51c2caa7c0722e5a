/*
 * mutate.h: texts like real ones but for a few bytes, for the parsers.
 *
 * A mutated text must be refused, or be accepted with a canonical text that
 * reads back to itself; the sanitizers watch every byte in between.
 */
#ifndef MUTATE_H
#define MUTATE_H

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static uint64_t mutate_state = 88172645463325252u;

/* xorshift: the same numbers on every machine */
static inline uint64_t
mutate_random(uint64_t below)
{
	mutate_state ^= mutate_state << 13;
	mutate_state ^= mutate_state >> 7;
	mutate_state ^= mutate_state << 17;
	return mutate_state % below;
}

/* So many random cases, times DUNNING_CASES */
static inline int
cases(int n)
{
	const char *times = getenv("DUNNING_CASES");

	return times != NULL && atoi(times) > 1 ? n * atoi(times) : n;
}

/* Changes up to four bytes of a text in a block of exactly its length. */
static inline char *
mutate(const char *text, size_t *len)
{
	static const char bytes[] = "0123456789.,;:-+{}\"%/ acdefilmnoprstuwyzEUR\n\xc3\xa9";
	size_t		n = strlen(text);
	char	   *copy = malloc(n + 8);
	char	   *exact;
	uint64_t	edits = mutate_random(5);

	if (copy == NULL)
		abort();
	memcpy(copy, text, n);
	while (edits-- > 0 && n > 0)
	{
		size_t		at = mutate_random(n);
		char		c = bytes[mutate_random(sizeof(bytes) - 1)];

		switch (mutate_random(4))
		{
			case 0:
				memmove(copy + at, copy + at + 1, n - at - 1);
				n--;
				break;
			case 1:
				memmove(copy + at + 1, copy + at, n - at);
				copy[at] = c;
				n++;
				break;
			case 2:
				n = at;
				break;
			default:
				copy[at] = c;
		}
	}
	exact = malloc(n > 0 ? n : 1);
	if (exact == NULL)
		abort();
	memcpy(exact, copy, n);
	free(copy);
	*len = n;
	return exact;
}

/* The whole text of a printer, which counts first and prints second. */
static inline char *
printed(void (*print) (DnOut *, const void *), const void *value, size_t *len)
{
	DnOut		out = {NULL, 0, 0};

	print(&out, value);
	*len = out.cap = out.len;
	out.buf = malloc(out.cap > 0 ? out.cap : 1);
	if (out.buf == NULL)
		abort();
	out.len = 0;
	print(&out, value);
	if (out.len != out.cap)
		abort();
	return out.buf;
}

#endif

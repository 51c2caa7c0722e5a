/*
 * core/invariant.h: what must hold, and what it costs nothing to say.
 *
 * A condition is evaluated only with DN_ASSERT: in the core tests, in a strict
 * build (script/with-cluster -s), and for a server that has assertions itself,
 * for which the Makefile defines it.
 */
#ifndef DN_INVARIANT_H
#define DN_INVARIANT_H

#ifdef DN_ASSERT

#include <stdio.h>
#include <stdlib.h>

__attribute__((noreturn)) static inline void
dn_assert_failed(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
	abort();
}

#define dn_assert(condition) \
	((condition) ? (void) 0 : dn_assert_failed(#condition, __FILE__, __LINE__))

#else

/* Compiled and never evaluated, so that it does not rot and nothing is unused. */
#define dn_assert(condition) ((void) (0 && (condition)))

#endif

#endif

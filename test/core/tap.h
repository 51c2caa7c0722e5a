/*
 * tap.h: the Test Anything Protocol for the core's own tests.
 *
 * A test program calls ok(), is_int() and is_text() any number of times and
 * returns done_testing() from main.  Each prints one line, and on failure
 * where it stands and what was got and expected.
 */
#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int	tap_run = 0;
static int	tap_failed = 0;

#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, want, ...) tap_is_int((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_text(got, want, ...) tap_is_text((got), (want), __FILE__, __LINE__, __VA_ARGS__)

/* One assertion; the rest is its name, as for printf. */
static inline bool __attribute__((format(printf, 4, 0)))
tap_vok(bool good, const char *file, int line, const char *name, va_list args)
{
	tap_run++;
	printf("%sok %d - ", good ? "" : "not ", tap_run);
	vprintf(name, args);
	printf("\n");
	if (!good)
	{
		tap_failed++;
		printf("# Failed at %s line %d\n", file, line);
	}
	fflush(stdout);
	return good;
}

static inline bool __attribute__((format(printf, 4, 5)))
tap_ok(bool good, const char *file, int line, const char *name,...)
{
	va_list		args;

	va_start(args, name);
	tap_vok(good, file, line, name, args);
	va_end(args);
	return good;
}

static inline bool __attribute__((format(printf, 5, 6)))
tap_is_int(int64_t got, int64_t want, const char *file, int line, const char *name,...)
{
	va_list		args;

	va_start(args, name);
	if (!tap_vok(got == want, file, line, name, args))
		printf("# got %" PRId64 ", expected %" PRId64 "\n", got, want);
	va_end(args);
	return got == want;
}

/* Two terminated texts, of which either may be NULL. */
static inline bool __attribute__((format(printf, 5, 6)))
tap_is_text(const char *got, const char *want, const char *file, int line, const char *name,...)
{
	bool		good = got != NULL && want != NULL ? strcmp(got, want) == 0 : got == want;
	va_list		args;

	va_start(args, name);
	if (!tap_vok(good, file, line, name, args))
		printf("# got %s, expected %s\n", got ? got : "(null)", want ? want : "(null)");
	va_end(args);
	return good;
}

/* Prints the plan; the exit status of the program. */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_run);
	if (tap_failed > 0)
		printf("# Looks like %d of %d failed\n", tap_failed, tap_run);
	return tap_failed > 0 || tap_run == 0 ? 1 : 0;
}

#endif

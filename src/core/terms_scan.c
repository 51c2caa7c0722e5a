/*
 * core/terms_scan.c: the words and numbers of payment terms.
 *
 * A text comes in any of the languages of terms_words.c, with or without
 * accents, and in any encoding in which ASCII is ASCII: accented letters of
 * UTF-8 and of Latin-1 count as the letters below them.
 */
#include "invariant.h"
#include "terms_parse.h"

#include <string.h>

bool
dn_digit_at(const DnScan *s, const char *p)
{
	return p < s->end && *p >= '0' && *p <= '9';
}

static bool
continues(const DnScan *s, const char *p, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		if (p + i >= s->end || ((unsigned char) p[i] & 0xC0) != 0x80)
			return false;
	return true;
}

/*
 * The letter at *p as lower-case ASCII, '\0' if there is none; goes past it
 * and past combining accents.
 */
char
dn_letter(const DnScan *s, const char **p)
{
	static const char latin1[] =
		"aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty";
	unsigned char b;
	char		c = '\0';
	int			bytes = 1;

	if (*p >= s->end)
		return '\0';
	b = (unsigned char) **p;
	if (b >= 'A' && b <= 'Z')
		c = (char) (b - 'A' + 'a');
	else if (b >= 'a' && b <= 'z')
		c = (char) b;
	else if (b == 0xC3 && continues(s, *p + 1, 1))
	{
		c = latin1[(unsigned char) (*p)[1] & 0x3F];
		bytes = 2;
	}
	else if (b >= 0xC0 && !continues(s, *p + 1, b >= 0xF0 ? 3 : b >= 0xE0 ? 2 : 1))
		c = latin1[b - 0xC0];
	if (c == '\0' || c == '*')
		return '\0';
	*p += bytes;
	while (s->end - *p >= 2 && (unsigned char) (*p)[0] == 0xCC && continues(s, *p + 1, 1))
		*p += 2;
	return c;
}

/* Whether these bytes stand at p. */
bool
dn_bytes_at(const DnScan *s, const char *p, const char *bytes, size_t len)
{
	return (size_t) (s->end - p) >= len && memcmp(p, bytes, len) == 0;
}

/* How many bytes of a blank or of punctuation that means nothing stand here. */
static int
blank(const DnScan *s, const char *p)
{
	if (p == s->end)
		return 0;
	switch ((unsigned char) *p)
	{
		case ' ': case '_': case '\t': case '\n': case '\r': case ':': case '(': case ')': case '*': case '"': case '!': case 0xA0:
			return 1;
		case '.':
			/* a full stop, but not that of a decimal */
			return !dn_digit_at(s, p + 1);
		case 0xC2:
			return dn_bytes_at(s, p, "\xC2\xA0", 2) || dn_bytes_at(s, p, "\xC2\xAB", 2) || dn_bytes_at(s, p, "\xC2\xBB", 2) ? 2 : 0;
		case 0xE2:
			return dn_bytes_at(s, p, "\xE2\x80\xAF", 3) || dn_bytes_at(s, p, "\xE2\x80\x89", 3) || dn_bytes_at(s, p, "\xE2\x80\xA6", 3) ? 3 : 0;
		default:
			return 0;
	}
}

void
dn_blanks(DnScan *s)
{
	int			n;

	while ((n = blank(s, s->p)) > 0)
		s->p += n;
}

/* Takes one character if it stands here. */
bool
dn_take(DnScan *s, char c)
{
	dn_blanks(s);
	return dn_char(s, c);
}

/* What separates the words of a phrase: blanks, hyphens, apostrophes, full stops. */
static const char *
gap(const DnScan *s, const char *p)
{
	const char *begin = p;

	while (p < s->end)
	{
		int			n = blank(s, p);

		if (n == 0 && (*p == '-' || *p == '\'' || *p == '.' || *p == '/'))
			n = 1;
		if (n == 0 && dn_bytes_at(s, p, "\xE2\x80\x99", 3))
			n = 3;
		if (n == 0)
			break;
		p += n;
	}
	return p > begin ? p : NULL;
}

/* What follows a part of a pattern. */
typedef struct Rest
{
	const char *p;
	const char *end;
	const struct Rest *next;
} Rest;

/*
 * A copy of all patterns, and for each place at which an alternative begins the
 * place of its end, or 0 while it was not looked for.
 */
#define PATTERNS_MAX 32000

static char patterns[PATTERNS_MAX];
static uint16_t patterns_end[PATTERNS_MAX];

/* The end of an alternative, which is a "|", the bracket of its group, or the end. */
static const char *
alternative_end(const char *begin)
{
	const char *w = begin;
	size_t		at = (uintptr_t) begin - (uintptr_t) patterns;
	int			depth = 0;

	if (at < PATTERNS_MAX && patterns_end[at] != 0)
		return patterns + patterns_end[at];
	for (; *w != '\0'; w++)
	{
		if (depth == 0 && (*w == '|' || *w == ')' || *w == ']'))
			break;
		depth += *w == '(' || *w == '[' ? 1 : *w == ')' || *w == ']' ? -1 : 0;
	}
	if (at < PATTERNS_MAX)
		patterns_end[at] = (uint16_t) (w - patterns);
	return w;
}

/* The bracket that closes the group at w. */
static const char *
group_end(const char *w)
{
	do
		w = alternative_end(w + 1);
	while (*w == '|');
	return w;
}

/*
 * Where the words of a pattern end if they stand at p, NULL if they do not.
 * Of alternatives the longest counts.
 */
static const char *
match(const DnScan *s, const char *p, const char *w, const char *end, const Rest *rest)
{
	for (; w < end; w++)
	{
		if (*w == '(' || *w == '[')
		{
			const char *longest = NULL;
			const char *close = group_end(w);
			const char *after;

			if (*w == '[')
				longest = match(s, p, close + 1, end, rest);
			do
			{
				const Rest	then = {close + 1, end, rest};
				const char *begin = w + 1;
				const char *found;

				w = alternative_end(begin);
				after = p;
				if (*begin < 'a' || dn_letter(s, &after) == *begin)
				{
					found = match(s, p, begin, w, &then);
					if (found != NULL && (longest == NULL || found > longest))
						longest = found;
				}
			} while (w < close);
			return longest;
		}
		if (*w == ' ')
		{
			p = gap(s, p);
			if (p == NULL)
				return NULL;
		}
		else if (dn_letter(s, &p) != *w)
			return NULL;
	}
	if (rest != NULL)
		return match(s, p, rest->p, rest->end, rest->next);
	end = p;
	return dn_letter(s, &end) == '\0' ? p : NULL;
}

bool
dn_words(DnScan *s, const char *text)
{
	const char *end;

	dn_blanks(s);
	end = match(s, s->p, text, text + strlen(text), NULL);
	if (end == NULL)
		return false;
	s->p = end;
	return true;
}

/* A pattern of any language, and its value. */
typedef struct Entry
{
	const char *p;
	const char *end;
	int			value;
} Entry;

#define ENTRIES_MAX 1500
#define PLACES_MAX 4000
#define LETTERS 26

/*
 * The patterns of all languages, and for each kind and each letter that a
 * pattern can begin with the places of those that can.
 */
static Entry entry[ENTRIES_MAX];
static uint16_t place[PLACES_MAX];
static uint16_t place_end[DN_WORDS_KINDS * LETTERS];	/* the last is 0 until all are there */

static uint32_t
first_letters(const char *w)
{
	const char *close;
	uint32_t	letters = 0;

	if (*w != '(' && *w != '[')
		return UINT32_C(1) << (*w - 'a');
	close = group_end(w);
	if (*w == '[')
		letters = first_letters(close + 1);
	for (; w < close; w = alternative_end(w + 1))
		letters |= first_letters(w + 1);
	return letters;
}

/* Puts the patterns of a kind behind the n that are there, their text behind *used bytes; how many there are then. */
static int
add_patterns(DnWords kind, int n, size_t *used)
{
	int			i;

	for (i = 0; i < DN_LANGUAGES; i++)
	{
		const DnPhrase *p = dn_terms_words[i]->read[kind];

		for (; p != NULL && p->text != NULL; p++)
		{
			const size_t size = strlen(p->text) + 1;
			const char *w = patterns + *used;

			dn_assert(size <= PATTERNS_MAX - *used);
			memcpy(patterns + *used, p->text, size);
			*used += size;
			for (;; w++)
			{
				const Entry e = {w, alternative_end(w), p->value};

				dn_assert(n < ENTRIES_MAX);
				entry[n++] = e;
				w = e.end;
				if (*w == '\0')
					break;
			}
		}
	}
	return n;
}

static void
make_entries(void)
{
	uint16_t	end[DN_WORDS_KINDS * LETTERS];
	size_t		used = 0;
	int			places = 0;
	int			n = 0;
	int			kind,
				letter,
				i;

	for (kind = 0; kind < DN_WORDS_KINDS; kind++)
	{
		int			first = n;

		n = add_patterns((DnWords) kind, n, &used);
		for (letter = 0; letter < LETTERS; letter++)
		{
			for (i = first; i < n; i++)
			{
				if (!(first_letters(entry[i].p) >> letter & 1))
					continue;
				dn_assert(places < PLACES_MAX);
				place[places++] = (uint16_t) i;
			}
			end[kind * LETTERS + letter] = (uint16_t) places;
		}
	}
	memcpy(place_end, end, sizeof(place_end));
}

/* Takes the longest phrase of a kind, of any language, that stands here. */
bool
dn_phrase(DnScan *s, DnWords kind, int *value)
{
	const char *longest = NULL;
	const char *after;
	char		c;
	int			list;
	int			i;

	dn_blanks(s);
	after = s->p;
	c = dn_letter(s, &after);
	if (c == '\0')
		return false;
	if (place_end[DN_WORDS_KINDS * LETTERS - 1] == 0)
		make_entries();
	list = kind * LETTERS + (c - 'a');
	for (i = list == 0 ? 0 : place_end[list - 1]; i < place_end[list]; i++)
	{
		const Entry *e = &entry[place[i]];
		const char *end = match(s, s->p, e->p, e->end, NULL);

		if (end != NULL && (longest == NULL || end > longest))
		{
			longest = end;
			*value = e->value;
		}
	}
	if (longest == NULL)
		return false;
	s->p = longest;
	return true;
}

/* The same of phrases that mean no more than that they are there. */
bool
dn_skip(DnScan *s, DnWords kind)
{
	int			ignored;

	return dn_phrase(s, kind, &ignored);
}

/* Whether a phrase of a kind stands here. */
bool
dn_at(const DnScan *s, DnWords kind)
{
	DnScan		ahead = *s;

	return dn_skip(&ahead, kind);
}

/*
 * A decimal with a point or a comma as a whole number of 10^-scale units, at
 * most max of them.  Takes nothing where no digit stands.
 */
bool
dn_number(DnScan *s, int scale, int64_t max, int64_t *out, bool *fits)
{
	int64_t		v = 0;
	int			decimals = 0;

	dn_blanks(s);
	if (!dn_digit_at(s, s->p))
		return false;
	*fits = true;
	for (; dn_digit_at(s, s->p); s->p++)
	{
		if (v <= max)
			v = v * 10 + (*s->p - '0');
	}
	if (s->p < s->end && (*s->p == '.' || *s->p == ',') && dn_digit_at(s, s->p + 1))
	{
		for (s->p++; dn_digit_at(s, s->p); s->p++)
		{
			if (decimals == scale)
			{
				if (*s->p != '0')
					*fits = false;
				continue;
			}
			decimals++;
			if (v <= max)
				v = v * 10 + (*s->p - '0');
		}
	}
	for (; decimals < scale && v <= max; decimals++)
		v *= 10;
	if (v > max)
		*fits = false;
	*out = v;
	return true;
}

/*
 * Whether an amount that ends here was written with exactly three decimals:
 * somebody's thousands as likely as a fraction, so neither is assumed.
 */
bool
dn_thousands(DnScan *s, const char *begin)
{
	return s->p - begin > 4 && (s->p[-4] == '.' || s->p[-4] == ',') &&
		!dn_fail_at(s, begin, DN_SYNTAX, "an amount with three decimals could mean thousands: write 1000.00, or a fourth decimal");
}
